// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The lines that steered readers follow, from the limits of steer.c: see steer.h. */
#include "steer.h"

/*
 * A line ends when its bound exceeds this plus the steps of the clocksource. It begins only
 * below a part of that, so that it does not soon end again.
 */
#define STEER_BOUND_MAX		50000
#define STEER_BOUND_BEGIN	20000
/* A line behind the lower limit would close in on it within this many ns, but slews by at most 1/2000. */
#define STEER_HORIZON		(64 * 1000 * 1000)
#define STEER_SLEW_MAX		2000
/*
 * A line that has just begun is ahead, so a system call after a reading may be behind it. It falls back to
 * the lower limit within this many ns, which is a tick at 250 Hz, but slews by at most 1/500.
 */
#define STEER_FALL		(4 * 1000 * 1000)
#define STEER_FALL_MAX		500
/* A line further behind than this jumps forward instead of slewing. */
#define STEER_JUMP		20000
/* A line begins only if the rate is known to 1/1500, so that it does not soon end again. */
#define STEER_BEGIN		1500
/* Allowance for rounding. */
#define STEER_ROUNDING		4

/* How far a line may be off at its start, and how much that grows (a rate). */
struct bound {
	__u64	ns;
	__u64	growth;
};

/* `ratio` is of one rate to another, such as MONOTONIC's to MONOTONIC_RAW's, times 2^32. */
static __s64 scale_ns(__s64 ns, __u64 ratio)
{
	return (__s64)((__int128_t)ns * ratio >> 32);
}

static __u64 scale_rate(__u64 rate, __u64 ratio)
{
	return (__u64)((__uint128_t)rate * ratio >> 32);
}

/* Limits of MONOTONIC, from those of MONOTONIC_RAW. */
static struct interval scale_interval(struct interval raw, __s64 raw_last, __s64 mono_last, __u64 ratio)
{
	return (struct interval) {
		.lo = mono_last + scale_ns(raw.lo - raw_last, ratio),
		.hi = mono_last + scale_ns(raw.hi - raw_last, ratio) + 1,
	};
}

/* The line at a counter value. Returns false if it does not reach that far. */
static bool line_at(const struct steer_line *line, __u64 at, __s64 *ns, __u32 *sub)
{
	__s64 cycles = (__s64)(at - line->at);
	__uint128_t sum = line->sub;

	if (!line->valid || cycles > (__s64)line->reach)
		return false;
	if (cycles > 0)
		sum += (__uint128_t)(__u64)cycles * line->mult << (32 - line->shift);
	*ns = line->ns + (__s64)(sum >> 32);
	*sub = (__u32)sum;
	return true;
}

/* By how much to change a rate to make up for @off ns within @horizon ns: by at most 1/@most of it. */
static __u64 slew(__u64 rate, __u64 off, __u64 horizon, __u64 most)
{
	return off > horizon / most ? rate / most : rate * off / horizon;
}

/*
 * Continue a line from counter value `at`, where the clock that it follows is within `clock`
 * and goes on at a rate within `rate`. The bound covers all of `latest`. Returns false if the bound
 * is too large to be of use.
 */
static bool continue_line(struct steer_line *line, __u64 at, struct interval clock, struct interval latest,
			  struct rate rate, __s64 resolution, struct bound *bound)
{
	__s64 bound_max = 4 * resolution + STEER_BOUND_MAX;
	__u64 slope = rate.lo, reach;
	__s64 ns, error;
	__u32 sub;

	if (!line_at(line, at, &ns, &sub)) {
		bound_max = 4 * resolution + STEER_BOUND_BEGIN;
		ns = clock.hi;
		sub = 0;
	} else if (clock.lo - ns > STEER_JUMP) {
		ns = clock.lo;
		sub = 0;
	}
	error = clock.lo - ns;
	if (error < 0)
		slope -= slew(slope, (__u64)-error, STEER_FALL, STEER_FALL_MAX);
	else
		slope += slew(slope, (__u64)error, STEER_HORIZON, STEER_SLEW_MAX);

	bound->ns = (__u64)(latest.hi - ns > ns - latest.lo ? latest.hi - ns : ns - latest.lo);
	bound->growth = slope > rate.lo ? slope - rate.lo : 0;
	if (rate.hi > slope && rate.hi - slope > bound->growth)
		bound->growth = rate.hi - slope;
	line->valid = (__s64)bound->ns <= bound_max;
	if (!line->valid)
		return false;

	line->at = at;
	line->ns = ns;
	line->sub = sub;
	line->shift = 32;
	while (slope >> (STEER_RATE - line->shift) > 0xffffffffu)
		line->shift--;
	line->mult = (__u32)(slope >> (STEER_RATE - line->shift));
	reach = (STEER_REACH << 16) / (slope >> (STEER_RATE - 16));
	line->reach = reach > 0x7fffffff ? 0x7fffffff : (__u32)reach;
	return true;
}

static void fill_clock(struct fastvdso_clock *clock, const struct steer_line *line, __u64 nsec)
{
	clock->mult = line->mult;
	fastvdso_clock_set(clock, line->at, nsec << line->shift | (line->sub >> (32 - line->shift)));
	clock->max_delta = line->reach;
	clock->shift = line->shift;
	clock->clock_mode = FASTVDSO_CLOCK_STEERED;
	clock->reserved = 0;
}

/* Fill an update that sends readers to the system call, except for the coarse clocks. */
void fastvdso_steer_fill_nothing(const struct steer *steer, struct fastvdso_update *update)
{
	*update = steer->kernel;
	update->hres.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	update->raw.clock.clock_mode = FASTVDSO_CLOCK_NONE;
}

/* True if enough is known of the counter and the clocks to fill an update with steered clocks. */
bool fastvdso_steer_can_fill(const struct steer *steer)
{
	return steer->has_kernel && steer->kernel.raw.clock.mult &&
	       fastvdso_steer_rate_is_known_to(steer, STEER_BEGIN);
}

/* Widen limits of MONOTONIC_RAW by a step of the clocksource and by the slack of the CPU offsets. */
static struct interval widen(const struct steer *steer, struct interval clock)
{
	__s64 margin = STEER_ROUNDING + (__s64)steer_scale(steer->slack, steer->rate.hi);

	/* The kernel's clocks stand still between two steps of its clocksource, and lag by one. */
	clock.lo -= fastvdso_steer_resolution(steer) + margin;
	clock.hi += margin;
	return clock;
}

/*
 * Fill an update with the steered clocks from counter value `at` on. Returns false, with an
 * update as of fastvdso_steer_fill_nothing(), if too little is known for a useful bound.
 */
bool fastvdso_steer_fill(struct steer *steer, __u64 at, struct fastvdso_update *update)
{
	const struct fastvdso_hres *hres = &steer->kernel.hres;
	const struct fastvdso_raw *raw = &steer->kernel.raw;
	__s64 resolution = fastvdso_steer_resolution(steer);
	struct interval clock, latest, mono, mono_latest;
	__s64 mono_last, raw_last, offset, real;
	struct bound bound, raw_bound;
	struct rate mono_rate;
	__u64 ratio;

	fastvdso_steer_fill_nothing(steer, update);
	if (!fastvdso_steer_can_fill(steer))
		return false;
	clock = widen(steer, fastvdso_steer_carry(steer, steer->clock, steer->at, at));
	latest = widen(steer, fastvdso_steer_carry(steer, steer->latest, steer->latest_at, at));

	ratio = ((__u64)hres->clock.mult << 32) / raw->clock.mult;
	offset = hres->mono_sec * (__s64)STEER_SEC + hres->mono_nsec;
	mono_last = offset + (__s64)(fastvdso_clock_nsec(&hres->clock) >> hres->clock.shift);
	raw_last = raw->raw_sec * (__s64)STEER_SEC +
		   (__s64)(fastvdso_clock_nsec(&raw->clock) >> raw->clock.shift);
	mono = scale_interval(clock, raw_last, mono_last, ratio);
	mono_latest = scale_interval(latest, raw_last, mono_last, ratio);
	mono_rate.lo = scale_rate(steer->rate.lo, ratio);
	mono_rate.hi = scale_rate(steer->rate.hi, ratio) + 1;

	if (!continue_line(&steer->mono_line, at, mono, mono_latest, mono_rate, resolution, &bound) ||
	    !continue_line(&steer->raw_line, at, clock, latest, steer->rate, resolution, &raw_bound)) {
		fastvdso_steer_break_lines(steer);
		return false;
	}

	/* REALTIME, and the distance of the others from it. */
	real = steer->mono_line.ns - (offset - hres->real_sec * (__s64)STEER_SEC);
	update->hres.real_sec = real / (__s64)STEER_SEC;
	update->hres.mono_sec = hres->mono_sec - hres->real_sec + update->hres.real_sec;
	fill_clock(&update->hres.clock, &steer->mono_line, (__u64)(real % (__s64)STEER_SEC));
	update->raw.raw_sec = steer->raw_line.ns / (__s64)STEER_SEC;
	fill_clock(&update->raw.clock, &steer->raw_line,
		   (__u64)(steer->raw_line.ns % (__s64)STEER_SEC));

	if (raw_bound.ns > bound.ns)
		bound.ns = raw_bound.ns;
	if (raw_bound.growth > bound.growth)
		bound.growth = raw_bound.growth;
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = steer->mono_line.reach;
	update->clocksource.bound_ns = bound.ns + steer->step;
	update->clocksource.bound_growth = (__u32)(bound.growth >> (STEER_RATE - 32)) + 1;
	return true;
}
