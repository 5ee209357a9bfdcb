/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Convert between ticks and time, and take snapshots of all clocks.
 */
#ifndef FASTVDSO_TICK_READER_H
#define FASTVDSO_TICK_READER_H

#include "reader.h"

/* Oldest tick before the last update that is converted, so that the product fits in 64 bits. */
#define FASTVDSO_TICKS_BACK_MAX	(1ull << 31)

/* The kernel's error numbers, as system calls return them. */
#define FASTVDSO_EINVAL		22
#define FASTVDSO_ERANGE		34
#define FASTVDSO_EOPNOTSUPP	95
#define FASTVDSO_ESTALE		116

fastvdso_inline __u64 fastvdso_base_nsec(struct fastvdso_base base)
{
	return base.sec * FASTVDSO_NSEC_PER_SEC + base.nsec;
}

/*
 * Compute all clocks from one counter value. The latch of hres is enough: both sequence counts
 * change together, so it covers the lines of raw too.
 */
fastvdso_inline int fastvdso_read_snapshot(const struct fastvdso_source *source,
					   const struct fastvdso_ns_page *ns,
					   struct fastvdso_snapshot *to)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->hres[0].clock.seq;
	__u64 real, mono, boot, raw, tai;
	struct fastvdso_counter now;
	__u64 elapsed, raw_elapsed, bound = 0;
	__u32 seq, generation, cpunode;

	for (;;) {
		const struct fastvdso_clocksource *cs;
		const struct fastvdso_hres *hres;
		const struct fastvdso_raw *line;

		seq = fastvdso_latch_read_begin(count);
		if (fastvdso_unlikely(!fastvdso_mode_matches(source, &page->hres[0].clock)) ||
		    fastvdso_unlikely(!fastvdso_read_counter(source, &now, &cpunode)))
			return 0;
		/* raw[] follows hres[] at the same stride. With two pointers the compiler spills. */
		hres = &page->hres[seq & 1];
		fastvdso_compute_once(hres);
		line = (const struct fastvdso_raw *)(hres + 2);
		cs = &page->clocksource[seq & 1];
		if (fastvdso_unlikely(!fastvdso_mode_matches(source, &hres->clock)) ||
		    fastvdso_unlikely(!fastvdso_elapsed_at(source, &hres->clock, cs, now,
							   &elapsed,
							   source->single_attempt ? NULL : &bound)) ||
		    fastvdso_unlikely(!fastvdso_elapsed_at(source, &line->clock, cs, now,
							   &raw_elapsed, NULL)))
			return 0;
		real = fastvdso_base_nsec(fastvdso_clock_base(hres, line, FASTVDSO_REALTIME));
		tai = fastvdso_base_nsec(fastvdso_clock_distance(hres, FASTVDSO_TAI));
		mono = fastvdso_base_nsec(fastvdso_clock_base(hres, line, FASTVDSO_MONOTONIC));
		boot = fastvdso_base_nsec(fastvdso_clock_distance(hres, FASTVDSO_BOOTTIME));
		raw = fastvdso_base_nsec(fastvdso_clock_base(hres, line, FASTVDSO_MONOTONIC_RAW));
		generation = fastvdso_load(page->epoch[seq & 1].generation);
		if (!fastvdso_latch_read_retry(count, seq))
			break;
		if (source->single_attempt)
			return 0;
	}

	to->ticks = fastvdso_counter_value(now);
	real += elapsed;
	mono += elapsed;
	to->realtime = (__s64)real;
	to->tai = (__s64)(tai + real);
	to->monotonic = (__s64)(mono +
			fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_MONOTONIC)));
	to->boottime = (__s64)(mono + boot +
			fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_BOOTTIME)));
	to->monotonic_raw = (__s64)(raw + raw_elapsed +
			fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_MONOTONIC_RAW)));
	to->bound = bound;
	to->generation = generation;
	to->cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	to->node = cpunode >> FASTVDSO_CPUNODE_BITS;
	to->clock_mode = source->mode;
	return 1;
}

/* A consistent copy of one clock's parameters, to convert any tick or time. */
struct fastvdso_line {
	__u64	cycle_last;
	__u64	xtime_nsec;
	__s64	base;		/* nanoseconds, without what has elapsed */
	__u64	since;
	__u64	max_cycles;
	__u32	mult;
	__u8	shift;
};

/* Return 0 or -errno: -EINVAL for a clock that is not made from the counter. */
fastvdso_inline int fastvdso_read_line(const struct fastvdso_source *source,
				       const struct fastvdso_ns_page *ns, __s32 id,
				       struct fastvdso_line *line)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->hres[0].clock.seq;
	__u64 base;
	__u32 seq;

	if (!fastvdso_is_fine(id))
		return -FASTVDSO_EINVAL;
	do {
		const struct fastvdso_hres *hres;
		const struct fastvdso_raw *raw;
		const struct fastvdso_clock *clock;

		seq = fastvdso_latch_read_begin(count);
		hres = &page->hres[seq & 1];
		raw = &page->raw[seq & 1];
		clock = id == FASTVDSO_MONOTONIC_RAW ? &raw->clock : &hres->clock;
		if (!fastvdso_mode_matches(source, clock))
			return -FASTVDSO_EOPNOTSUPP;
		line->cycle_last = fastvdso_load(clock->cycle_last);
		line->xtime_nsec = fastvdso_clock_nsec(clock);
		line->mult = fastvdso_load(clock->mult);
		line->shift = fastvdso_load(clock->shift) & 63;
		line->max_cycles = fastvdso_load(page->clocksource[seq & 1].max_cycles);
		line->since = fastvdso_load(page->epoch[seq & 1].since);
		base = fastvdso_base_nsec(fastvdso_clock_base(hres, raw, id));
	} while (fastvdso_latch_read_retry(count, seq));

	line->base = (__s64)(base + fastvdso_base_nsec(fastvdso_namespace_offset(ns, id)));
	return line->mult ? 0 : -FASTVDSO_EOPNOTSUPP;
}

/*
 * Convert a tick to nanoseconds of the clock. A tick from before the last update is converted
 * with the current parameters, if it is of the same epoch; an older one is refused with ESTALE.
 * Return -ERANGE past the end of a steered line, or if the result does not fit in 64 bits.
 */
fastvdso_inline __s64 fastvdso_line_ticks_to_ns(const struct fastvdso_line *line, __u64 ticks, int steered)
{
	__u64 delta = ticks - line->cycle_last, back = -delta;
	__s64 elapsed, nsec;

	/* since can be later than cycle_last, because clocks are also set between two updates. */
	if ((__s64)(ticks - line->since) < 0)
		return -FASTVDSO_ESTALE;
	if ((__s64)delta >= 0) {
		struct fastvdso_wide ahead = fastvdso_multiply_add(delta, line->mult, line->xtime_nsec);

		ahead = fastvdso_shift_right(ahead, line->shift);
		if ((steered && delta > line->max_cycles) || (ahead.high | ahead.low >> 63))
			return -FASTVDSO_ERANGE;
		elapsed = (__s64)ahead.low;
	} else {
		if (back > FASTVDSO_TICKS_BACK_MAX)
			return -FASTVDSO_ESTALE;
		elapsed = (__s64)(line->xtime_nsec - back * line->mult) >> line->shift;
	}
	return __builtin_add_overflow(line->base, elapsed, &nsec) ? -FASTVDSO_ERANGE : nsec;
}

/*
 * (@nsec << @shift plus or minus @xtime_nsec) / @mult in 96 bits, by long division, since the
 * image cannot link libgcc's 128-bit division. Rounded up if @minus, else down.
 */
fastvdso_inline __u64 fastvdso_line_cycles(__u64 nsec, __u8 shift, __u64 xtime_nsec, int minus, __u32 mult)
{
	__u64 low = nsec << shift, high = shift ? nsec >> (64 - shift) : 0, quotient, remainder;

	if (minus) {
		high -= low < xtime_nsec;
		low -= xtime_nsec;
	} else {
		low += xtime_nsec;
		high += low < xtime_nsec;
	}
	if (high >= mult)
		return ~0ull;
	quotient = fastvdso_divide(high << 32 | low >> 32, mult, &remainder) << 32;
	quotient += fastvdso_divide(remainder << 32 | (low & 0xffffffffu), mult, &remainder);
	/* The caller refuses a distance of 63 bits. Not rounded up, because 2^64 - 1 would become 0. */
	if (quotient >> 63)
		return ~0ull;
	return minus ? quotient + !!remainder : quotient;
}

/* Find the first tick at which the clock reads @nsec or more. -ERANGE if it is centuries away. */
fastvdso_inline int fastvdso_line_ns_to_ticks(const struct fastvdso_line *line, __s64 nsec, __u64 *ticks)
{
	__u64 distance;
	__s64 ahead;
	__u64 remainder;
	int later;

	if (__builtin_sub_overflow(nsec, line->base, &ahead))
		return -FASTVDSO_ERANGE;
	later = ahead >= 0 && ((__u64)ahead > line->xtime_nsec >> line->shift);
	if (later)
		distance = fastvdso_line_cycles((__u64)ahead, line->shift, line->xtime_nsec, 1, line->mult);
	else if (ahead >= 0)
		distance = fastvdso_divide(line->xtime_nsec - ((__u64)ahead << line->shift), line->mult,
					   &remainder);
	else
		distance = fastvdso_line_cycles(-(__u64)ahead, line->shift, line->xtime_nsec, 0, line->mult);
	if (distance > ~0ull >> 1)
		return -FASTVDSO_ERANGE;
	*ticks = later ? line->cycle_last + distance : line->cycle_last - distance;
	return 0;
}

#endif /* FASTVDSO_TICK_READER_H */
