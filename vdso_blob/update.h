/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* One update of the time page: what the writer fills in, and when a new epoch begins. */
#ifndef FASTVDSO_UPDATE_H
#define FASTVDSO_UPDATE_H

#include <linux/fastvdso.h>

#include "compiler.h"

/* The contents of both copies. The sequence counts in it are ignored. */
struct fastvdso_update {
	struct fastvdso_hres		hres;
	struct fastvdso_raw		raw;
	struct fastvdso_clocksource	clocksource;
	struct fastvdso_epoch		epoch;
};

/*
 * Set cycle_last and addend. @xtime_nsec is the kernel's: nanoseconds past the base second
 * at @cycle_last, shifted left by clock->shift. clock->mult must already be set.
 */
fastvdso_inline void fastvdso_clock_set(struct fastvdso_clock *clock, __u64 cycle_last,
					__u64 xtime_nsec)
{
	clock->cycle_last = cycle_last;
	clock->addend = xtime_nsec - (__u64)(__u32)cycle_last * clock->mult;
}

/* The inverse of fastvdso_clock_set(): return xtime_nsec. */
fastvdso_inline __u64 fastvdso_clock_nsec(const struct fastvdso_clock *clock)
{
	return fastvdso_load(clock->addend) +
	       (__u64)(__u32)fastvdso_load(clock->cycle_last) * fastvdso_load(clock->mult);
}

/* The writer's record of the current epoch, and the rate at which it began. */
struct fastvdso_epoch_writer {
	struct fastvdso_epoch	epoch;
	__u32			mult;
	__u8			shift;
};

/* Return 1 if this update begins an epoch: the clocks were set, or the rate changed by 1 ppm. */
fastvdso_inline int fastvdso_epoch_update(struct fastvdso_epoch_writer *writer,
					  const struct fastvdso_clock *clock, int was_set)
{
	__u32 change = clock->mult > writer->mult ? clock->mult - writer->mult
						  : writer->mult - clock->mult;

	if (!was_set && clock->shift == writer->shift && change <= writer->mult >> 20)
		return 0;
	writer->epoch.generation += !!was_set;
	writer->epoch.since = clock->cycle_last;
	writer->mult = clock->mult;
	writer->shift = clock->shift;
	return 1;
}

#endif
