/* SPDX-License-Identifier: GPL-2.0 */
/* Move a clock's base to another counter value, without changing what it reads there. */
#ifndef FASTVDSO_MOVE_CLOCK_H
#define FASTVDSO_MOVE_CLOCK_H

#include "update.h"

static __attribute__((__unused__)) void move_clock(struct fastvdso_clock *clock, __u64 cycle_last)
{
	fastvdso_clock_set(clock, cycle_last, fastvdso_clock_nsec(clock));
}

#endif
