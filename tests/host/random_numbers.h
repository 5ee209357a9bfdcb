/* SPDX-License-Identifier: GPL-2.0 */
/* The same random numbers in each run. */
#ifndef FASTVDSO_RANDOM_NUMBERS_H
#define FASTVDSO_RANDOM_NUMBERS_H

#include <linux/types.h>

static __u64 random64(void)
{
	static __u64 state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static __u64 below(__u64 limit)
{
	return random64() % limit;
}

#endif
