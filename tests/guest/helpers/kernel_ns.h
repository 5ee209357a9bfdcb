/* SPDX-License-Identifier: GPL-2.0 */
/* Read the kernel's clocks by system call. */
#ifndef FASTVDSO_KERNEL_NS_H
#define FASTVDSO_KERNEL_NS_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "time_calls.h"

#define NS	INT64_C(1000000000)

/* A steered line may start this far ahead of the kernel's clock, for some milliseconds. */
#define STEERED_SLACK	1000000

static inline int64_t timespec_ns(struct timespec ts)
{
	return ts.tv_sec * NS + ts.tv_nsec;
}

static inline int64_t kernel_ns(clockid_t id)
{
	struct timespec ts;

	return syscall(NR_timespec_gettime, id, &ts) ? -1 : timespec_ns(ts);
}

static inline int64_t libc_ns(clockid_t id)
{
	struct timespec ts;

	return clock_gettime(id, &ts) ? -1 : timespec_ns(ts);
}

static inline int is_within(int64_t before, int64_t ns, int64_t after, uint64_t bound)
{
	return before - (int64_t)bound <= ns && ns <= after + (int64_t)bound;
}

#endif
