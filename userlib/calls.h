/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Tables of the calls, one for libc and one for the image; internal to the library. */
#ifndef FASTVDSO_CALLS_H
#define FASTVDSO_CALLS_H

#include <sys/types.h>

#include "elf_reader.h"
#include "fastvdso.h"

struct fastvdso_calls {
	int	(*clock_gettime)(clockid_t clock, struct timespec *ts);
	int64_t	(*now_ns)(clockid_t clock);
	int64_t	(*now_ns_bound)(clockid_t clock, uint64_t *bound);
	int	(*gettimeofday)(struct timeval *tv, void *tz);
	time_t	(*time)(time_t *t);
	int	(*clock_getres)(clockid_t clock, struct timespec *res);
	long	(*getcpu)(unsigned int *cpu, unsigned int *node, void *unused);
	void	(*time_info)(struct fastvdso_time_info *info);
	int64_t	(*now_ns_unordered)(clockid_t clock);
	uint64_t (*ticks)(void);
	int64_t	(*ticks_to_ns)(clockid_t clock, uint64_t ticks);
	int	(*ns_to_ticks)(clockid_t clock, int64_t ns, uint64_t *ticks);
	int	(*counter_info)(struct fastvdso_counter_info *info);
	int	(*snapshot)(struct fastvdso_snapshot *snapshot);
	int	(*cpu_times)(struct fastvdso_cpu_times *times);
};

/* The calls by libc, returning 0 or -errno and leaving errno alone. */
extern const struct fastvdso_calls fastvdso_libc_calls;

ssize_t fastvdso_libc_getrandom(void *buffer, size_t length, unsigned int flags);

/* Look up every call in an image. Returns 0, or -ENOEXEC if one is missing. */
int fastvdso_find_calls(struct fastvdso_calls *calls, const struct fastvdso_elf *elf);

/* Make the public calls use this table. */
void fastvdso_use_calls(const struct fastvdso_calls *calls);

#endif
