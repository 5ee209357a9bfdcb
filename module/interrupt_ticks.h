/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Find out how many whole ticks a sum of the times that interrupts took has too many. cpu_time.c calls this
 * in the kernel, the host tests call it with made-up times.
 *
 * The scheduler takes the time of a thread, and soon after that the same time is computed by the sum. The
 * difference, @late, should be that little while. Each tick that the sum has and the scheduler has not takes
 * one tick off it. The scheduler itself may be behind for some ticks, so the same number of ticks has to fit
 * in each of several ticks.
 */
#ifndef FASTVDSO_INTERRUPT_TICKS_H
#define FASTVDSO_INTERRUPT_TICKS_H

#include <linux/types.h>

/* The little while is at most this, in nanoseconds, and once it is short enough to be sure. */
#define INTERRUPT_TICKS_LATE_MAX	100000
#define INTERRUPT_TICKS_SURE		5000
#define INTERRUPT_TICKS_FITS		16

struct interrupt_ticks {
	__u64		ns;		/* to take off the sum */
	__u64		other_ns;	/* another value that fits */
	__u64		least;		/* the shortest while with it */
	unsigned long	fit_at;		/* tick in which it did last */
	unsigned int	fits;		/* in how many ticks, since ns or yet another value fitted */
};

/* The value in use does not fit. @now: the number of this tick. @tick: its length in nanoseconds. */
static inline void interrupt_ticks_find(struct interrupt_ticks *ticks, __s64 late, unsigned long now,
					__s64 tick)
{
	__s64 count = late / tick - (late % tick < 0);
	__u64 ns = ticks->ns - (__u64)(count * tick), rest = (__u64)(late - count * tick);

	/* No number of ticks does: after an interrupt the scheduler is behind by some other time. */
	if (rest > INTERRUPT_TICKS_LATE_MAX)
		return;
	if (!ticks->fits || ns != ticks->other_ns) {
		ticks->other_ns = ns;
		ticks->least = rest;
		ticks->fits = 0;
	} else if (ticks->fit_at == now) {
		return;
	}
	if (rest < ticks->least)
		ticks->least = rest;
	ticks->fit_at = now;
	if (++ticks->fits >= INTERRUPT_TICKS_FITS && ticks->least <= INTERRUPT_TICKS_SURE)
		ticks->ns = ns;
}

/* The value in use fits. */
static inline void interrupt_ticks_keep(struct interrupt_ticks *ticks)
{
	ticks->fits = 0;
}

#endif
