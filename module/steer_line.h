/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The lines that steered readers follow: from what steer.h knows of the counters to an
 * update of the steered page.
 *
 * A line follows the lower limit: it is not ahead of the kernel's clock, so a process
 * that goes from steered readings to system calls sees no step back. When it begins, it
 * begins at the upper limit, for the same reason the other way round. From one update
 * to the next it goes on where it was, a little faster or slower. Only MONOTONIC and
 * MONOTONIC_RAW have lines; the other clocks are these and the kernel's exact offsets,
 * and step when the kernel's do.
 */
#ifndef FASTVDSO_STEER_LINE_H
#define FASTVDSO_STEER_LINE_H

#include "steer.h"

/* A line is not used further than this beyond its last update. */
#define STEER_REACH		STEER_SEC
/*
 * Nor with a larger bound than this, beside what the clocksource's own steps are; and it
 * does not begin with more than a good part of that, so that it does not soon end again.
 */
#define STEER_BOUND_MAX		50000
#define STEER_BOUND_BEGIN	20000
/* How fast the line closes in: it would take so long, at no more than one part in so many. */
#define STEER_HORIZON		(64 * 1000 * 1000)
#define STEER_SLEW_MAX		2000
/* Further behind than this it does not slew but jump, forward. */
#define STEER_JUMP		20000
/* A line begins when the rate is known to one part in so many: it will not soon end again. */
#define STEER_BEGIN		1500
/* For what is rounded on the way. */
#define STEER_ROUNDING		4

/* Where a line is at a value of the counter. 0 if it does not reach that far. */
fastvdso_inline int steer_line_at(const struct steer_line *line, __u64 at, __s64 *ns, __u32 *sub)
{
	__s64 cycles = (__s64)(at - line->at);
	__uint128_t sum = line->sub;

	if (!line->valid || cycles > (__s64)line->reach)
		return 0;
	if (cycles > 0)
		sum += (__uint128_t)(__u64)cycles * line->mult << (32 - line->shift);
	*ns = line->ns + (__s64)(sum >> 32);
	*sub = (__u32)sum;
	return 1;
}

/*
 * Let a line go on from counter value `at`, where the clock it follows is within
 * [lo, hi] and goes on at a rate within [rate_lo, rate_hi]. Gives its bound there, and
 * how that grows; 0 if the bound is too large to be of use.
 */
fastvdso_inline int steer_line_go_on(struct steer_line *line, __u64 at, __s64 lo, __s64 hi,
				     __u64 rate_lo, __u64 rate_hi, __s64 resolution,
				     __u64 *bound, __u64 *growth)
{
	__s64 bound_max = 4 * resolution + STEER_BOUND_MAX;
	__u64 rate = rate_lo, slew, off;
	__s64 ns, error;
	__u32 sub = 0;

	if (!steer_line_at(line, at, &ns, &sub)) {
		bound_max = 4 * resolution + STEER_BOUND_BEGIN;
		ns = hi;
		sub = 0;
	} else if (lo - ns > STEER_JUMP) {
		ns = lo;
		sub = 0;
	}
	error = lo - ns;
	off = (__u64)(error < 0 ? -error : error);
	if (off > STEER_HORIZON / STEER_SLEW_MAX)
		off = STEER_HORIZON / STEER_SLEW_MAX;
	slew = rate * off / STEER_HORIZON;
	rate = error < 0 ? rate - slew : rate + slew;

	*bound = (__u64)(hi - ns > ns - lo ? hi - ns : ns - lo);
	*growth = rate > rate_lo ? rate - rate_lo : 0;
	if (rate_hi > rate && rate_hi - rate > *growth)
		*growth = rate_hi - rate;
	line->valid = (__s64)*bound <= bound_max;
	if (!line->valid)
		return 0;

	line->at = at;
	line->ns = ns;
	line->sub = sub;
	line->shift = 32;
	while (rate >> (STEER_RATE - line->shift) > 0xffffffffu)
		line->shift--;
	line->mult = (__u32)(rate >> (STEER_RATE - line->shift));
	off = ((STEER_REACH << 16) / (rate >> (STEER_RATE - 16)));
	line->reach = off > 0x7fffffff ? 0x7fffffff : (__u32)off;
	return 1;
}

fastvdso_inline void steer_fill_clock(struct fastvdso_clock *clock, const struct steer_line *line,
				      __u64 nsec)
{
	clock->mult = line->mult;
	fastvdso_clock_set(clock, line->at, nsec << line->shift | (line->sub >> (32 - line->shift)));
	clock->max_delta = line->reach;
	clock->shift = line->shift;
	clock->clock_mode = FASTVDSO_CLOCK_STEERED;
	clock->reserved = 0;
}

/* What the steered page says while it does not serve; the coarse clocks are as ever. */
fastvdso_inline void steer_fill_nothing(const struct steer *steer, struct fastvdso_update *update)
{
	*update = steer->kernel;
	update->hres.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	update->raw.clock.clock_mode = FASTVDSO_CLOCK_NONE;
}

/* The steered clocks from counter value `at` on. 0 if there is nothing to say yet. */
fastvdso_inline int steer_fill(struct steer *steer, __u64 at, struct fastvdso_update *update)
{
	const struct fastvdso_hres *hres = &steer->kernel.hres;
	const struct fastvdso_raw *raw = &steer->kernel.raw;
	__u64 ratio, bound, growth, raw_bound, raw_growth;
	__s64 lo, hi, mono_lo, mono_hi, mono_last, raw_last, offset, resolution, margin, real;

	steer_fill_nothing(steer, update);
	if (!steer->has_kernel || !raw->clock.mult || !steer_rate_is_known_to(steer, STEER_BEGIN))
		return 0;
	steer_carry(steer, at, &lo, &hi);

	/* The kernel's clocks stand still between two values of its clocksource, and lag by one. */
	resolution = steer_resolution(steer);
	margin = STEER_ROUNDING + (__s64)steer_scale(steer->slack, steer->rate_hi);
	lo -= resolution + margin;
	hi += margin;

	ratio = ((__u64)hres->clock.mult << 32) / raw->clock.mult;
	offset = hres->mono_sec * (__s64)STEER_SEC + hres->mono_nsec;
	mono_last = offset + (__s64)(fastvdso_clock_nsec(&hres->clock) >> hres->clock.shift);
	raw_last = raw->raw_sec * (__s64)STEER_SEC +
		   (__s64)(fastvdso_clock_nsec(&raw->clock) >> raw->clock.shift);
	mono_lo = mono_last + steer_by_ratio(lo - raw_last, ratio);
	mono_hi = mono_last + steer_by_ratio(hi - raw_last, ratio) + 1;

	if (!steer_line_go_on(&steer->mono, at, mono_lo, mono_hi,
			      (__u64)((__uint128_t)steer->rate_lo * ratio >> 32),
			      (__u64)((__uint128_t)steer->rate_hi * ratio >> 32) + 1,
			      resolution, &bound, &growth) ||
	    !steer_line_go_on(&steer->raw, at, lo, hi, steer->rate_lo, steer->rate_hi, resolution,
			      &raw_bound, &raw_growth)) {
		steer_break_lines(steer);
		return 0;
	}

	/* REALTIME and all that is told as a distance from it. */
	real = steer->mono.ns - (offset - hres->real_sec * (__s64)STEER_SEC);
	update->hres.real_sec = real / (__s64)STEER_SEC;
	update->hres.mono_sec = hres->mono_sec - hres->real_sec + update->hres.real_sec;
	steer_fill_clock(&update->hres.clock, &steer->mono, (__u64)(real % (__s64)STEER_SEC));
	update->raw.raw_sec = steer->raw.ns / (__s64)STEER_SEC;
	steer_fill_clock(&update->raw.clock, &steer->raw,
			 (__u64)(steer->raw.ns % (__s64)STEER_SEC));

	if (raw_bound > bound)
		bound = raw_bound;
	if (raw_growth > growth)
		growth = raw_growth;
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = steer->mono.reach;
	update->clocksource.bound_ns = bound;
	update->clocksource.bound_growth = (__u32)(growth >> (STEER_RATE - 32)) + 1;
	return 1;
}

#endif
