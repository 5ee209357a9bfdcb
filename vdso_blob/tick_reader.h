/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The counter itself, and all clocks of one instant: what the image has beyond reader.h.
 *
 * Needed of the counter (see cycles.h) are also:
 *	fastvdso_arch_counter_cpunode(cpunode)	the counter, ordered, and the CPU in the low
 *					FASTVDSO_CPUNODE_BITS, the NUMA node above; of one
 *					instruction where there is such a one
 *	fastvdso_arch_cpunode()		CPU and node alone
 */
#ifndef FASTVDSO_TICK_READER_H
#define FASTVDSO_TICK_READER_H

#include "reader.h"

/* A tick this much older than the last update is not converted: the product has to fit. */
#define FASTVDSO_TICKS_BACK_MAX	(1ull << 31)

/* The kernel's error numbers, as system calls return them. */
#define FASTVDSO_EINVAL		22
#define FASTVDSO_ERANGE		34
#define FASTVDSO_EOPNOTSUPP	95
#define FASTVDSO_ESTALE		116

fastvdso_inline __s64 fastvdso_base_nsec(struct fastvdso_base base)
{
	return base.sec * (__s64)FASTVDSO_NSEC_PER_SEC + (__s64)base.nsec;
}

/*
 * Everything at one instant. One latch is enough: the lines of both are written between
 * the same two changes of its count.
 */
fastvdso_inline int fastvdso_read_snapshot(const struct fastvdso_source *source,
					   const struct fastvdso_ns_page *ns,
					   struct fastvdso_snapshot *to)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->hres[0].clock.seq;
	__s64 real, mono, boot, raw, tai;
	struct fastvdso_counter now;
	__u64 elapsed, raw_elapsed, bound = 0;
	__u32 seq, generation, cpunode;

	for (;;) {
		const struct fastvdso_clocksource *cs;
		const struct fastvdso_hres *hres;
		const struct fastvdso_raw *line;

		seq = fastvdso_latch_read_begin(count);
		if (fastvdso_unlikely(!fastvdso_mode_matches(source, &page->hres[0].clock)))
			return 0;
		if (source->mode == FASTVDSO_CLOCK_COUNTER) {
			now = fastvdso_arch_counter_cpunode(&cpunode);
		} else {
			if (!fastvdso_read_counter(source, &now))
				return 0;
			cpunode = fastvdso_arch_cpunode();
		}
		hres = &page->hres[seq & 1];
		line = &page->raw[seq & 1];
		cs = &page->clocksource[seq & 1];
		if (fastvdso_unlikely(!fastvdso_mode_matches(source, &hres->clock)) ||
		    fastvdso_unlikely(!fastvdso_elapsed_at(source, &hres->clock, cs, now,
							   &elapsed, source->single_attempt ? NULL : &bound)) ||
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

	to->ticks = now.high << 32 | now.low;
	to->realtime = real + (__s64)elapsed;
	to->tai = tai + to->realtime;
	to->monotonic = mono + fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_MONOTONIC)) +
			(__s64)elapsed;
	to->boottime = mono + boot +
		       fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_BOOTTIME)) +
		       (__s64)elapsed;
	to->monotonic_raw = raw +
			    fastvdso_base_nsec(fastvdso_namespace_offset(ns, FASTVDSO_MONOTONIC_RAW)) +
			    (__s64)raw_elapsed;
	to->bound = bound;
	to->generation = generation;
	to->cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	to->node = cpunode >> FASTVDSO_CPUNODE_BITS;
	to->clock_mode = source->mode;
	return 1;
}

/* One clock's parameters, from one moment, for whoever converts a value that is no reading. */
struct fastvdso_line {
	__u64	cycle_last;
	__u64	xtime_nsec;
	__s64	base;		/* nanoseconds: what the clock reads without what has elapsed */
	__u64	since;
	__u64	max_cycles;
	__u32	mult;
	__u8	shift;
};

/* 0, or -errno: EINVAL for a clock that is not made from the counter. */
fastvdso_inline int fastvdso_read_line(const struct fastvdso_source *source,
				       const struct fastvdso_ns_page *ns, __s32 id,
				       struct fastvdso_line *line)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->hres[0].clock.seq;
	__u32 seq;

	if ((__u32)id >= 32 || !(FASTVDSO_FINE_CLOCKS & 1u << id))
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
		line->shift = fastvdso_load(clock->shift);
		line->max_cycles = fastvdso_load(page->clocksource[seq & 1].max_cycles);
		line->since = fastvdso_load(page->epoch[seq & 1].since);
		line->base = fastvdso_base_nsec(fastvdso_clock_base(hres, raw, id));
	} while (fastvdso_latch_read_retry(count, seq));

	line->base += fastvdso_base_nsec(fastvdso_namespace_offset(ns, id));
	return 0;
}

/*
 * A tick as nanoseconds of the clock. One from before the last update is converted
 * backwards, with the parameters of now, as long as they are those of then but for the
 * fine adjustments of NTP; ESTALE for an older one. ERANGE where a steered line ends.
 */
fastvdso_inline __s64 fastvdso_line_ticks_to_ns(const struct fastvdso_line *line, __u64 ticks, int steered)
{
	__u64 delta = ticks - line->cycle_last, back = -delta;

	/* May lie behind cycle_last: the clocks are set between two of the kernel's steps too. */
	if ((__s64)(ticks - line->since) < 0)
		return -FASTVDSO_ESTALE;
	if ((__s64)delta >= 0) {
		if (delta <= line->max_cycles)
			return line->base + (__s64)((delta * line->mult + line->xtime_nsec) >> line->shift);
		if (steered)
			return -FASTVDSO_ERANGE;
		return line->base + (__s64)fastvdso_mul_add_shift(delta, line->mult, line->xtime_nsec,
								  line->shift);
	}
	if (back > FASTVDSO_TICKS_BACK_MAX)
		return -FASTVDSO_ESTALE;
	return line->base + ((__s64)(line->xtime_nsec - back * line->mult) >> line->shift);
}

/* 96 bits by 32, rounded up or down, digit by digit: nobody lends the image a wider division. */
fastvdso_inline __u64 fastvdso_divide(__u64 nsec, __u8 shift, __u64 xtime_nsec, int minus, __u32 mult)
{
	__u64 low = nsec << shift, high = shift ? nsec >> (64 - shift) : 0, quotient, rest;

	if (minus) {
		high -= low < xtime_nsec;
		low -= xtime_nsec;
	} else {
		low += xtime_nsec;
		high += low < xtime_nsec;
	}
	rest = high % mult;
	rest = rest << 32 | low >> 32;
	quotient = rest / mult << 32;
	rest = rest % mult << 32 | (low & 0xffffffffu);
	quotient += rest / mult;
	/* What is past 64 bits is past any counter: the caller sees a distance it refuses. */
	if (high / mult)
		return ~0ull;
	return minus ? quotient + !!(rest % mult) : quotient;
}

/* The first tick at which the clock reads @nsec, or more. 0, or ERANGE: centuries away. */
fastvdso_inline int fastvdso_line_ns_to_ticks(const struct fastvdso_line *line, __s64 nsec, __u64 *ticks)
{
	__s64 ahead = nsec - line->base;
	__u64 distance;
	int later = ahead >= 0 && ((__u64)ahead > line->xtime_nsec >> line->shift);

	if (later)
		distance = fastvdso_divide((__u64)ahead, line->shift, line->xtime_nsec, 1, line->mult);
	else if (ahead >= 0)
		distance = (line->xtime_nsec - ((__u64)ahead << line->shift)) / line->mult;
	else
		distance = fastvdso_divide((__u64)-ahead, line->shift, line->xtime_nsec, 0, line->mult);
	if (distance > ~0ull >> 1)
		return -FASTVDSO_ERANGE;
	*ticks = later ? line->cycle_last + distance : line->cycle_last - distance;
	return 0;
}

#endif /* FASTVDSO_TICK_READER_H */
