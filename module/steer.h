/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The arithmetic of steering. It needs no kernel: steering.c calls it with real counters, the
 * host tests call it with simulated ones.
 *
 * A pair is one read of the kernel's clock between two reads of a counter, so it gives a lower
 * and an upper limit for the clock at a counter value. Two pairs give limits for the rate.
 * steer.c carries the limits of the clock forward with the limits of the rate, and cuts them
 * with the limits of each new pair. If nothing is left, a counter is not steady: then
 * fastvdso_steer_pair() fails, and what was measured must be reset. So the error bound is not an
 * estimate: it holds as long as the rate drifts by no more than STEER_WANDER while it is used.
 *
 * If the limits and a pair of the updating CPU are no more than STEER_STEP_MAX apart, the clock made a small
 * step: some hypervisors adjust theirs every second. Then only that pair counts, and from now on the bound
 * allows for twice such a step, because it is noticed one update late. A quiet minute halves that. The
 * counter of that CPU may have changed instead, and its pair proves nothing of the other CPUs. So their
 * offsets must be forgotten then.
 *
 * The limits are of MONOTONIC_RAW, because its rate is constant. How NTP slews MONOTONIC is known
 * exactly from each update of the time page (struct fastvdso_update), and is applied last.
 *
 * The bound covers the whole interval of the latest pair, of which the limits are a part. So right
 * after a pair the bound holds even if a counter jumped before by less than a pair can tell.
 *
 * steer_line.c derives from the limits the lines that readers follow, and fills an update of the
 * steered page. A line follows the lower limit: it is not ahead of the kernel's clock, so a
 * process that goes from steered reads to system calls sees no step back. A line begins at the
 * upper limit, so that a process that goes from system calls to steered reads sees none either.
 * From one update to the next the line is continuous, and slews. Only MONOTONIC and MONOTONIC_RAW
 * have lines. The other clocks are these plus the kernel's exact offsets, and step when the
 * kernel's do.
 *
 * Counter values are on the common scale of all CPUs: see struct fastvdso_cpu_page. Times are in
 * nanoseconds, rates in nanoseconds per cycle, shifted left by STEER_RATE.
 */
#ifndef FASTVDSO_STEER_H
#define FASTVDSO_STEER_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#include "update.h"

#define STEER_RATE		40
#define STEER_SEC		1000000000ull

/* Assumed upper limit on rate drift: 1/500000 (2 ppm). */
#define STEER_WANDER		500000
/* A step of the clock, in ns, that is followed. A larger one is a jump of the counter. */
#define STEER_STEP_MAX		40000
/* A line is used no longer than this after its last update. */
#define STEER_REACH		STEER_SEC

/* Limits, both inclusive: of a time in ns, or of a CPU offset in cycles. */
struct interval {
	__s64	lo, hi;
};

/* Limits of a rate. */
struct rate {
	__u64	lo, hi;
};

/* MONOTONIC_RAW, and the counter before and after it was read. */
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
	bool	valid;
};

struct steer {
	/* Limits of MONOTONIC_RAW when the counter was `at`: by all pairs, and by the latest one alone. */
	__u64			at, latest_at;
	struct interval		clock, latest;
	struct rate		rate;
	struct steer_pair	anchor, next_anchor;	/* the rate is measured from these */
	bool			has_anchor, has_next_anchor, has_rate;
	/* What the bound allows for steps of the clock, in ns; when that last changed; the last step. */
	__u64			step;
	__s64			step_since, stepped;
	bool			has_stepped;
	/* The kernel's clocks as of their last update; of the clocksource, the name alone. */
	struct fastvdso_update	kernel;
	bool			has_kernel;
	/* How far the scales of two CPUs may be apart, in cycles. */
	__u64			slack;
	struct steer_line	mono_line, raw_line;
};

enum steer_result {
	STEER_CONTRADICTS,	/* what was measured must be reset */
	STEER_FITS,
	STEER_STEPPED,		/* the offsets of the other CPUs must be forgotten */
};

static inline __u64 steer_scale(__u64 cycles, __u64 rate)
{
	return (__u64)((__uint128_t)cycles * rate >> STEER_RATE);
}

/* ns / cycles as a rate. Both are positive, `ns` is below 2^62. */
static inline __u64 steer_rate(__u64 ns, __u64 cycles)
{
	int bits = __builtin_clzll(ns | 1) - 1;

	if (bits > STEER_RATE)
		bits = STEER_RATE;
	return (ns << bits) / cycles << (STEER_RATE - bits);
}

/* steer.c: limits */
void fastvdso_steer_reset(struct steer *steer);
void fastvdso_steer_stop(struct steer *steer);
void fastvdso_steer_kernel(struct steer *steer, const struct fastvdso_hres *hres,
			   const struct fastvdso_raw *raw);
enum steer_result fastvdso_steer_pair(struct steer *steer, const struct steer_pair *pair, bool may_step);
bool fastvdso_steer_other_pair(struct steer *steer, const struct steer_pair *pair);
bool fastvdso_steer_rate_is_known_to(const struct steer *steer, __u64 parts);
bool fastvdso_steer_is_settled(const struct steer *steer);
__s64 fastvdso_steer_resolution(const struct steer *steer);
struct interval fastvdso_steer_carry(const struct steer *steer, struct interval clock, __u64 from, __u64 to);
bool fastvdso_steer_offset(const struct steer *steer, const struct steer_pair *pair, struct interval *offset);
void fastvdso_steer_break_lines(struct steer *steer);

/* steer_line.c: lines */
bool fastvdso_steer_can_fill(const struct steer *steer);
bool fastvdso_steer_fill(struct steer *steer, __u64 at, struct fastvdso_update *update);
void fastvdso_steer_fill_nothing(const struct steer *steer, struct fastvdso_update *update);

#endif
