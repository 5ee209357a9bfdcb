/* SPDX-License-Identifier: GPL-2.0 */
/* Compare the library's reads with the kernel's clocks. */
#ifndef FASTVDSO_FAST_READS_H
#define FASTVDSO_FAST_READS_H

#include <fastvdso.h>

#include "kernel_ns.h"

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
