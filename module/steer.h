/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The arithmetic of steering, without a kernel: from pairs (counter, kernel clock) to
 * where the kernel's clock is at a value of the counter, and how far off that may be.
 * steering.c feeds it in the kernel, the host unit tests feed it made-up counters;
 * steer_line.h makes of it what readers follow.
 *
 * What is known is kept as an interval. A pair is one reading of the kernel's clock and
 * the counter before and after it, so it gives a lower and an upper limit for what the
 * clock was at a value of the counter; two pairs some time apart give limits for the
 * rate. Limits are carried forward with the limits of the rate and cut with those of
 * the next pair. If nothing is left, a counter is not steady: steer_pair() fails, and
 * all that was known is worth nothing. So the error bound is not an estimate; it holds
 * as long as the rate changes by no more than STEER_WANDER while it is used.
 *
 * All limits are of MONOTONIC_RAW, whose rate is constant: what NTP does to the clock is
 * known exactly at every moment, from the update of the time page (struct
 * fastvdso_update), and is applied last.
 *
 * Counter values are those of one scale for all CPUs: see struct fastvdso_cpu_page.
 * Times are nanoseconds; rates are nanoseconds per cycle, shifted left by STEER_RATE.
 */
#ifndef FASTVDSO_STEER_H
#define FASTVDSO_STEER_H

#include <linux/types.h>

#include "update.h"

#define STEER_RATE		40
#define STEER_SEC		1000000000ull

/* What the rate may change while it is believed: one part in so many (2 ppm). */
#define STEER_WANDER		500000
/* The rate is measured over at least this, and, when there is time, over one to two of these. */
#define STEER_BASELINE_MIN	(5 * 1000 * 1000ull)
#define STEER_BASELINE		(8 * STEER_SEC)
/* Rates of counters between some megahertz and a terahertz. */
#define STEER_RATE_MIN		(1ull << (STEER_RATE - 10))
#define STEER_RATE_MAX		(1ull << (STEER_RATE + 8))

/* The counter read before and after MONOTONIC_RAW. */
struct steer_pair {
	__u64	before;
	__u64	after;
	__s64	raw;
};

/* A line that readers follow: `ns` and `sub` (times 2^-32) at counter value `at`. */
struct steer_line {
	__u64	at;
	__s64	ns;
	__u32	sub;
	__u32	mult;
	__u32	reach;		/* cycles */
	__u8	shift;
	__u8	valid;
};

struct steer {
	/* MONOTONIC_RAW was within [lo, hi] when the counter was `at`. */
	__u64			at;
	__s64			lo, hi;
	__u64			rate_lo, rate_hi;
	struct steer_pair	anchor, next_anchor;	/* what the rate is measured from */
	__u8			has_anchor, has_next_anchor, has_rate;
	/* The kernel's clocks, as of their last update; of the clocksource, the name alone. */
	struct fastvdso_update	kernel;
	__u8			has_kernel;
	/* By how many cycles the scales of two CPUs may differ. */
	__u64			slack;
	struct steer_line	mono, raw;
};

fastvdso_inline __u64 steer_scale(__u64 cycles, __u64 rate)
{
	return (__u64)((__uint128_t)cycles * rate >> STEER_RATE);
}

/* Rates as fractions of one another, such as MONOTONIC's of MONOTONIC_RAW's; 32 bits after the point. */
fastvdso_inline __s64 steer_by_ratio(__s64 value, __u64 ratio)
{
	return (__s64)((__int128_t)value * ratio >> 32);
}

/* ns / cycles as a rate; both positive, `ns` below 2^62. */
fastvdso_inline __u64 steer_rate(__u64 ns, __u64 cycles)
{
	int bits = __builtin_clzll(ns | 1) - 1;

	if (bits > STEER_RATE)
		bits = STEER_RATE;
	return (ns << bits) / cycles << (STEER_RATE - bits);
}

/* Readers make the system call, and the next lines begin anew. */
fastvdso_inline void steer_break_lines(struct steer *steer)
{
	steer->mono.valid = 0;
	steer->raw.valid = 0;
}

/* Nothing is known any more of the counters. */
fastvdso_inline void steer_reset(struct steer *steer)
{
	steer->has_anchor = 0;
	steer->has_next_anchor = 0;
	steer->has_rate = 0;
	steer_break_lines(steer);
}

/* The lines end: readers make the system call. What is known of the counters stays. */
fastvdso_inline void steer_stop(struct steer *steer)
{
	steer_break_lines(steer);
	steer->has_kernel = 0;
}

/* The kernel's clocks changed: from inside the kernel's own update. */
fastvdso_inline void steer_kernel(struct steer *steer, const struct fastvdso_hres *hres,
				  const struct fastvdso_raw *raw)
{
	steer->kernel.hres = *hres;
	steer->kernel.raw = *raw;
	steer->has_kernel = 1;
}

/* True once the rate is known to one part in so many. */
fastvdso_inline int steer_rate_is_known_to(const struct steer *steer, __u64 parts)
{
	return steer->has_rate && steer->rate_hi - steer->rate_lo < steer->rate_lo / parts;
}

/* Time for fewer pairs: 20 ppm, of which it may wander 4. */
fastvdso_inline int steer_is_settled(const struct steer *steer)
{
	return steer_rate_is_known_to(steer, 50000);
}

/* How long the clocksource's own steps are, rounded up. */
fastvdso_inline __s64 steer_resolution(const struct steer *steer)
{
	return (steer->kernel.raw.clock.mult >> steer->kernel.raw.clock.shift) + 1;
}

/* The interval at another value of the counter. */
fastvdso_inline void steer_carry(const struct steer *steer, __u64 at, __s64 *lo, __s64 *hi)
{
	__s64 cycles = (__s64)(at - steer->at);

	if (cycles >= 0) {
		*lo = steer->lo + (__s64)steer_scale((__u64)cycles, steer->rate_lo);
		*hi = steer->hi + (__s64)steer_scale((__u64)cycles, steer->rate_hi) + 1;
	} else {
		*lo = steer->lo - (__s64)steer_scale(-(__u64)cycles, steer->rate_hi) - 1;
		*hi = steer->hi - (__s64)steer_scale(-(__u64)cycles, steer->rate_lo);
	}
}

/*
 * The limits of the rate between two pairs, with what it may wander. Returns 1; 0 if the
 * pairs are too close; -1 if no counter has such a rate, as when it jumped in between.
 */
fastvdso_inline int steer_rate_between(const struct steer *steer, const struct steer_pair *a,
				       const struct steer_pair *b, __u64 *lo, __u64 *hi)
{
	__s64 least = (__s64)(b->before - a->after), most = (__s64)(b->after - a->before);
	__s64 ns = b->raw - a->raw, resolution = steer_resolution(steer);

	if (ns < (__s64)STEER_BASELINE_MIN || ns <= 2 * resolution || least <= 0)
		return 0;
	*lo = steer_rate((__u64)(ns - resolution), (__u64)most);
	*hi = steer_rate((__u64)(ns + resolution), (__u64)least) + 1;
	*lo -= *lo / STEER_WANDER;
	*hi += *hi / STEER_WANDER;
	return *lo >= STEER_RATE_MIN && *hi <= STEER_RATE_MAX ? 1 : -1;
}

/* The rate, from where it was last measured to this pair. Returns 0, or -1 if it can be none. */
fastvdso_inline int steer_measure_rate(struct steer *steer, const struct steer_pair *pair)
{
	__s64 baseline;
	__u64 lo, hi;
	int known;

	if (!steer->has_anchor) {
		steer->anchor = *pair;
		steer->has_anchor = 1;
		return 0;
	}
	known = steer_rate_between(steer, &steer->anchor, pair, &lo, &hi);
	if (known <= 0)
		return known;
	baseline = pair->raw - steer->anchor.raw;
	if (!steer->has_rate || hi - lo <= steer->rate_hi - steer->rate_lo ||
	    baseline >= 2 * (__s64)STEER_BASELINE) {
		steer->rate_lo = lo;
		steer->rate_hi = hi;
		steer->has_rate = 1;
	}
	/* The oldest goes when there are two: a rate is of the last eight to sixteen seconds. */
	if (baseline < (__s64)STEER_BASELINE)
		return 0;
	if (!steer->has_next_anchor) {
		steer->next_anchor = *pair;
		steer->has_next_anchor = 1;
	} else if (baseline >= 2 * (__s64)STEER_BASELINE) {
		steer->anchor = steer->next_anchor;
		steer->next_anchor = *pair;
	}
	return 0;
}

/* What one pair says of the clock, when the counter was pair->after. */
fastvdso_inline void steer_limits(const struct steer *steer, const struct steer_pair *pair,
				  __s64 *lo, __s64 *hi)
{
	*lo = pair->raw;
	*hi = pair->raw + steer_resolution(steer) +
	      (__s64)steer_scale(pair->after - pair->before, steer->rate_hi) + 1;
}

/* a + (b - a) * part / whole; part of whole, whole positive */
fastvdso_inline __u64 steer_between(__u64 a, __u64 b, __s64 part, __s64 whole)
{
	return a + steer_scale((__u64)part, steer_rate(b - a, (__u64)whole));
}

/*
 * What to add to our counter to get another's scale, by way of the kernel's clock, which goes
 * in steps of `resolution` cycles: from a pair of the other, one of ours, and one of the
 * other again. Returns 0 if the clock or the other's counter did not go on in between;
 * else it is within [*lo, *hi].
 */
fastvdso_inline int steer_offset(const struct steer_pair *first, const struct steer_pair *ours,
				 const struct steer_pair *last, __s64 resolution, __s64 *lo, __s64 *hi)
{
	__s64 part = ours->raw - first->raw, whole = last->raw - first->raw;

	if (part < 0 || last->raw <= ours->raw || (__s64)(last->before - first->after) <= 0)
		return 0;
	*lo = (__s64)(steer_between(first->before, last->before, part, whole) - ours->after) -
	      2 * resolution;
	*hi = (__s64)(steer_between(first->after, last->after, part, whole) - ours->before) +
	      2 * resolution;
	return 1;
}

/*
 * Cut what is known of an offset, [*lo, *hi], with two measurements of it of which one may
 * be wrong, as when the clock was read late or a counter jumped in between. If they
 * contradict each other, neither counts.
 */
fastvdso_inline void steer_cut_offset(__s64 *lo, __s64 *hi, __s64 a_lo, __s64 a_hi,
				      __s64 b_lo, __s64 b_hi)
{
	if (a_hi < b_lo || b_hi < a_lo)
		return;
	if (b_lo < a_lo)
		a_lo = b_lo;
	if (b_hi > a_hi)
		a_hi = b_hi;
	if (a_lo > *lo)
		*lo = a_lo;
	if (a_hi < *hi)
		*hi = a_hi;
}

/*
 * Take a pair. Returns 0, or -1 if it contradicts what was known: then call
 * steer_reset(). Needs the kernel's clocks.
 */
fastvdso_inline int steer_pair(struct steer *steer, const struct steer_pair *pair)
{
	__s64 lo, hi, pair_lo, pair_hi;

	if ((__s64)(pair->after - pair->before) < 0)
		return -1;
	if (!steer->has_rate) {
		if (steer->has_anchor && (pair->raw < steer->anchor.raw ||
					  (__s64)(pair->after - steer->anchor.before) <= 0))
			return -1;
		if (steer_measure_rate(steer, pair) < 0)
			return -1;
		steer->at = pair->after;
		steer_limits(steer, pair, &steer->lo, &steer->hi);
		return 0;
	}

	steer_limits(steer, pair, &pair_lo, &pair_hi);
	steer_carry(steer, pair->after, &lo, &hi);
	if (pair_lo > lo)
		lo = pair_lo;
	if (pair_hi < hi)
		hi = pair_hi;
	if (lo > hi)
		return -1;
	steer->at = pair->after;
	steer->lo = lo;
	steer->hi = hi;
	return steer_measure_rate(steer, pair);
}

#endif
