/* SPDX-License-Identifier: GPL-2.0 */
/* Read the kernel's clocks by system call, and compare fast reads with them. */
#ifndef FASTVDSO_KERNEL_NS_H
#define FASTVDSO_KERNEL_NS_H

#include <fastvdso.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

	return syscall(SYS_clock_gettime, id, &ts) ? -1 : timespec_ns(ts);
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

/* Is a fast read between two system calls, to within its bound? */
static inline int is_clock_right(clockid_t id)
{
	int64_t before = kernel_ns(id), fast;
	uint64_t bound;

	fast = fastvdso_now_ns_bound(id, &bound);
	return is_within(before, fast, kernel_ns(id), bound);
}

/* Read each clock `rounds` times and return how many of the readings are wrong. */
static inline int count_wrong_reads(int rounds)
{
	static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
					 CLOCK_BOOTTIME, CLOCK_REALTIME, CLOCK_TAI };
	int wrong = 0;
	size_t i;

	while (rounds--)
		for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
			wrong += !is_clock_right(ids[i]);
	return wrong;
}

#endif
