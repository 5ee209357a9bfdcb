/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Find out how many whole ticks a sum of the times that interrupts took has too many, and whether the sum can
 * be believed at all. cpu_time.c calls this in the kernel, the host tests call it with made-up times.
 *
 * The scheduler takes the time of a thread, and soon after that the same time is computed by the sum. The
 * difference, @late, should be that little while. Each tick that the sum has and the scheduler has not takes
 * one tick off it. The scheduler itself may be behind for some ticks, so the same number of ticks has to fit
 * in each of several ticks.
 *
 * The sum may also be off by a part of a tick for good: see docs/cpu-time.md. Then @late is below 0, unless
 * the little while was longer than that, as when a hypervisor ran another CPU meanwhile. So one that fits
 * proves nothing: there have to be some more of them than of those below 0.
 */
#ifndef FASTVDSO_INTERRUPT_TICKS_H
#define FASTVDSO_INTERRUPT_TICKS_H

#include <linux/types.h>

/*
 * The little while is at most this, in nanoseconds, and once it is short enough to be sure. With KCSAN, the
 * slowest kernel that is tested, it is about 8 us.
 */
#define INTERRUPT_TICKS_LATE_MAX	100000
#define INTERRUPT_TICKS_SURE		10000
#define INTERRUPT_TICKS_FITS		16

/* The difference from which on the sum is believed, and the largest that is kept. */
#define INTERRUPT_TICKS_TRUSTED		16
#define INTERRUPT_TICKS_TRUST_MAX	24

struct interrupt_ticks {
	__u64		ns;		/* to take off the sum */
	unsigned int	trust;		/* in that */
	__u64		shortest;	/* while, since there was no trust */
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
	if (++ticks->fits >= INTERRUPT_TICKS_FITS && ticks->least <= INTERRUPT_TICKS_SURE) {
		ticks->ns = ns;
		ticks->trust = 0;
	}
}

static inline void interrupt_ticks_trust(struct interrupt_ticks *ticks, __u64 late)
{
	if (!ticks->trust || late < ticks->shortest)
		ticks->shortest = late;
	if (ticks->trust + 1 == INTERRUPT_TICKS_TRUSTED && ticks->shortest > INTERRUPT_TICKS_SURE)
		return;
	if (ticks->trust < INTERRUPT_TICKS_TRUST_MAX)
		ticks->trust++;
}

/*
 * Return whether the sum can be used now. @added_up: the scheduler has just added up the time of the thread.
 * In a switch it may have stood still since an interrupt, so that a @late below 0 is usual there, and no
 * reason for doubt.
 */
static inline bool interrupt_ticks_fit(struct interrupt_ticks *ticks, __s64 late, unsigned long now,
				       __s64 tick, bool added_up)
{
	if ((__u64)late > INTERRUPT_TICKS_LATE_MAX) {
		if (added_up && late < 0 && ticks->trust)
			ticks->trust--;
		interrupt_ticks_find(ticks, late, now, tick);
		return false;
	}
	ticks->fits = 0;
	if (added_up)
		interrupt_ticks_trust(ticks, (__u64)late);
	return ticks->trust >= INTERRUPT_TICKS_TRUSTED;
}

#endif
