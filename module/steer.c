// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Limits of the kernel's clock at any counter value, from pairs: see steer.h. */
#include "steer.h"

/* The rate is measured over at least this, and, once there is time, over one to two of these. */
#define STEER_BASELINE_MIN	(5 * 1000 * 1000ull)
#define STEER_BASELINE		(8 * STEER_SEC)
/* Rates of counters between some megahertz and a terahertz. */
#define STEER_RATE_MIN		(1ull << (STEER_RATE - 10))
#define STEER_RATE_MAX		(1ull << (STEER_RATE + 8))

/* The bound allows for less after this long without a step. */
#define STEER_QUIET		(60 * (__s64)STEER_SEC)

/* How much the rate may have changed when the clock seems to step: 200 ppm. */
#define STEER_STEP_WANDER	5000

/* Offsets are measured by limits that are not older than this. Then cycles are precise to this many. */
#define STEER_OFFSET_NS		(32 * 1000 * 1000)
#define STEER_OFFSET_CYCLES	4

/* End the lines: readers make the system call until new lines begin. */
void fastvdso_steer_break_lines(struct steer *steer)
{
	steer->mono_line.valid = false;
	steer->raw_line.valid = false;
}

/* Forget what was measured of the counters. */
void fastvdso_steer_reset(struct steer *steer)
{
	steer->has_anchor = false;
	steer->has_next_anchor = false;
	steer->has_rate = false;
	steer->has_stepped = false;
	fastvdso_steer_break_lines(steer);
}

/* End the lines, but keep what was measured of the counters. */
void fastvdso_steer_stop(struct steer *steer)
{
	fastvdso_steer_break_lines(steer);
	steer->has_kernel = false;
}

/* The kernel's clocks changed: called from the kernel's own update. */
void fastvdso_steer_kernel(struct steer *steer, const struct fastvdso_hres *hres,
			   const struct fastvdso_raw *raw)
{
	steer->kernel.hres = *hres;
	steer->kernel.raw = *raw;
	steer->has_kernel = true;
}

/* True if the limits of the rate are within 1/parts of each other. */
bool fastvdso_steer_rate_is_known_to(const struct steer *steer, __u64 parts)
{
	return steer->has_rate && steer->rate.hi - steer->rate.lo < steer->rate.lo / parts;
}

/* True once fewer pairs will do: the rate is known to 20 ppm, which includes 4 ppm of drift. */
bool fastvdso_steer_is_settled(const struct steer *steer)
{
	return fastvdso_steer_rate_is_known_to(steer, 50000);
}

/* The step of the clocksource in ns, rounded up. */
__s64 fastvdso_steer_resolution(const struct steer *steer)
{
	return (steer->kernel.raw.clock.mult >> steer->kernel.raw.clock.shift) + 1;
}

/* Limits of the clock at counter value @to, from its limits at @from. */
struct interval fastvdso_steer_carry(const struct steer *steer, struct interval clock, __u64 from, __u64 to)
{
	__s64 cycles = (__s64)(to - from);

	if (cycles >= 0) {
		clock.lo += (__s64)steer_scale((__u64)cycles, steer->rate.lo);
		clock.hi += (__s64)steer_scale((__u64)cycles, steer->rate.hi) + 1;
	} else {
		clock.lo -= (__s64)steer_scale(-(__u64)cycles, steer->rate.hi) + 1;
		clock.hi -= (__s64)steer_scale(-(__u64)cycles, steer->rate.lo);
	}
	return clock;
}

/*
 * The limits of the rate between two pairs, widened by STEER_WANDER. Returns 1; 0 if the pairs
 * are too close; -1 if no counter has such a rate, for instance because it jumped.
 */
static int rate_between(const struct steer *steer, const struct steer_pair *a,
			const struct steer_pair *b, struct rate *rate)
{
	__s64 least = (__s64)(b->before - a->after), most = (__s64)(b->after - a->before);
	__s64 ns = b->raw - a->raw, resolution = fastvdso_steer_resolution(steer);

	if (ns < (__s64)STEER_BASELINE_MIN || ns <= 2 * resolution || least <= 0)
		return 0;
	rate->lo = steer_rate((__u64)(ns - resolution), (__u64)most);
	rate->hi = steer_rate((__u64)(ns + resolution), (__u64)least) + 1;
	rate->lo -= rate->lo / STEER_WANDER;
	rate->hi += rate->hi / STEER_WANDER;
	return rate->lo >= STEER_RATE_MIN && rate->hi <= STEER_RATE_MAX ? 1 : -1;
}

/* Measure the rate from the anchor to this pair. Returns false if no counter has such a rate. */
static bool measure_rate(struct steer *steer, const struct steer_pair *pair)
{
	struct rate rate;
	__s64 baseline;
	int known;

	if (!steer->has_anchor) {
		steer->anchor = *pair;
		steer->has_anchor = true;
		return true;
	}
	known = rate_between(steer, &steer->anchor, pair, &rate);
	if (known <= 0)
		return known == 0;
	baseline = pair->raw - steer->anchor.raw;
	if (!steer->has_rate || rate.hi - rate.lo <= steer->rate.hi - steer->rate.lo ||
	    baseline >= 2 * (__s64)STEER_BASELINE) {
		steer->rate = rate;
		steer->has_rate = true;
	}
	/* Move the anchors so that the rate is of the last eight to sixteen seconds. */
	if (baseline < (__s64)STEER_BASELINE)
		return true;
	if (!steer->has_next_anchor) {
		steer->next_anchor = *pair;
		steer->has_next_anchor = true;
	} else if (baseline >= 2 * (__s64)STEER_BASELINE) {
		steer->anchor = steer->next_anchor;
		steer->next_anchor = *pair;
	}
	return true;
}

/* The limits of the clock at pair->after, by this pair alone. */
static struct interval limits(const struct steer *steer, const struct steer_pair *pair)
{
	struct interval clock;

	clock.lo = pair->raw;
	clock.hi = pair->raw + fastvdso_steer_resolution(steer) +
		   (__s64)steer_scale(pair->after - pair->before, steer->rate.hi) + 1;
	return clock;
}

/*
 * The clock is @gap ns outside its limits by this pair. Follow a small step: go on from this pair alone.
 * The rate may have changed instead: allow for that, and measure it again.
 */
static bool follow_step(struct steer *steer, const struct steer_pair *pair, __s64 gap)
{
	__u64 wander = steer->rate.lo / STEER_STEP_WANDER;

	if (gap > STEER_STEP_MAX)
		return false;
	if (steer->step < 2 * (__u64)gap)
		steer->step = 2 * (__u64)gap;
	steer->step_since = pair->raw;
	steer->stepped = pair->raw;
	steer->has_stepped = true;
	steer->rate.lo -= wander;
	steer->rate.hi += wander;
	steer->anchor = *pair;
	steer->has_next_anchor = false;
	return true;
}

/*
 * Take a pair, which may be older than the latest one. @own: it is of the CPU that makes the update.
 */
static enum steer_result take(struct steer *steer, const struct steer_pair *pair, bool own, bool may_step)
{
	enum steer_result result = STEER_FITS;
	struct interval clock, measured, latest;
	__u64 at;

	if ((__s64)(pair->after - pair->before) < 0)
		return STEER_CONTRADICTS;
	if (!steer->has_rate) {
		bool first = !steer->has_anchor;

		/* Before the first pair, by the clock as well as by the counter: of no use. */
		if (steer->has_anchor && pair->raw <= steer->anchor.raw &&
		    (__s64)(pair->before - steer->anchor.after) <= 0)
			return STEER_FITS;
		if (steer->has_anchor && (pair->raw < steer->anchor.raw ||
					  (__s64)(pair->after - steer->anchor.before) <= 0))
			return STEER_CONTRADICTS;
		if (!measure_rate(steer, pair))
			return STEER_CONTRADICTS;
		if (!first && (__s64)(pair->after - steer->at) <= 0)
			return STEER_FITS;
		steer->at = pair->after;
		steer->clock = limits(steer, pair);
		steer->latest_at = steer->at;
		steer->latest = steer->clock;
		return STEER_FITS;
	}

	/* Narrow the limits at the later of both times. */
	latest = limits(steer, pair);
	at = (__s64)(pair->after - steer->at) > 0 ? pair->after : steer->at;
	clock = fastvdso_steer_carry(steer, steer->clock, steer->at, at);
	measured = at == pair->after ? latest : fastvdso_steer_carry(steer, latest, pair->after, at);
	if (measured.lo > clock.lo)
		clock.lo = measured.lo;
	if (measured.hi < clock.hi)
		clock.hi = measured.hi;
	if (clock.lo > clock.hi) {
		if (!may_step || !follow_step(steer, pair, clock.lo - clock.hi))
			return STEER_CONTRADICTS;
		clock = measured;
		result = STEER_STEPPED;
	} else if (steer->step && pair->raw - steer->step_since > STEER_QUIET) {
		steer->step /= 2;
		steer->step_since = pair->raw;
	}
	if (!measure_rate(steer, pair))
		return STEER_CONTRADICTS;
	if (own) {
		steer->latest_at = pair->after;
		steer->latest = latest;
	}
	steer->at = at;
	steer->clock = clock;
	return result;
}

/*
 * Take a pair of the CPU that makes the update. fastvdso_steer_kernel() must have been called before. If the
 * pair contradicts earlier ones, call fastvdso_steer_reset(). @may_step: a small step may be followed.
 */
enum steer_result fastvdso_steer_pair(struct steer *steer, const struct steer_pair *pair, bool may_step)
{
	return take(steer, pair, true, may_step);
}

/*
 * Take a pair of another CPU, which may be older than the latest one. Returns false if it contradicts
 * the others: then that CPU's counter is not what it was measured to be.
 */
bool fastvdso_steer_other_pair(struct steer *steer, const struct steer_pair *pair)
{
	/* A pair from before a step tells nothing of the clock after it. */
	if (steer->has_stepped && pair->raw <= steer->stepped)
		return true;
	return take(steer, pair, false, false) == STEER_FITS;
}

/* Cycles of the counter in @ns, by the limits of the rate. */
static struct interval cycles_in(const struct steer *steer, struct interval ns)
{
	struct interval cycles;

	cycles.lo = ns.lo < 0 ? -(__s64)steer_rate((__u64)-ns.lo, steer->rate.lo) - 1
			      : (__s64)steer_rate((__u64)ns.lo, steer->rate.hi);
	cycles.hi = ns.hi < 0 ? -(__s64)steer_rate((__u64)-ns.hi, steer->rate.hi)
			      : (__s64)steer_rate((__u64)ns.hi, steer->rate.lo) + 1;
	return cycles;
}

/*
 * Limits of the offset from a counter to the common scale, by a pair of that counter. Returns false if
 * too little is known of the clock at that time.
 */
bool fastvdso_steer_offset(const struct steer *steer, const struct steer_pair *pair, struct interval *offset)
{
	struct interval clock, since;

	if (!steer->has_rate)
		return false;
	/* How long ago the limits were known, when the counter was pair->after. */
	clock = limits(steer, pair);
	since.lo = clock.lo - steer->clock.hi;
	since.hi = clock.hi - steer->clock.lo;
	if (since.lo < -STEER_OFFSET_NS || since.hi > STEER_OFFSET_NS)
		return false;
	*offset = cycles_in(steer, since);
	offset->lo += (__s64)(steer->at - pair->after) - STEER_OFFSET_CYCLES;
	offset->hi += (__s64)(steer->at - pair->after) + STEER_OFFSET_CYCLES;
	return true;
}
