/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules for judging a bracketed read: system call <= fast read <= system call.
 *
 * If the clock is set between the two system calls, it may jump there. The program that sets
 * it announces the start and the end of the change, so the reader knows. The fast read then
 * has to match the clock before the change or the clock after it, within the time that passed.
 *
 * Before Linux 6.15 the kernel's own coarse clocks step back, by less than a tick times the
 * change of rate, when the frequency is set: system calls alone show it. A fast read from just
 * before the step is above the second system call by as much. This is allowed, and counted,
 * only for coarse clocks and only if the clock was changed in between.
 *
 * If a host preempts the kernel in the middle of an update, the kernel publishes a change of
 * rate late, and its own clock steps back. If the second system call returns an earlier time
 * than the first one, there is nothing to judge. This is counted too.
 *
 * If the counters jump, steered readings may be wrong until the next update of the steered page. A
 * test that makes them jump announces it. Then the readings of one update may be wrong, and those of
 * the one that follows, because the counters may jump in the middle of an update. If only one CPU's
 * counter jumps, readings on that CPU may be wrong until it is compared with the others.
 */
#ifndef FASTVDSO_JUDGE_H
#define FASTVDSO_JUDGE_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static const struct {
	const char *name;
	clockid_t id;
	int settable, coarse;
} clocks[] = {
	{ "REALTIME",		CLOCK_REALTIME,		1, 0 },
	{ "MONOTONIC",		CLOCK_MONOTONIC,	0, 0 },
	{ "MONOTONIC_RAW",	CLOCK_MONOTONIC_RAW,	0, 0 },
	{ "BOOTTIME",		CLOCK_BOOTTIME,		0, 0 },
	{ "TAI",		CLOCK_TAI,		1, 0 },
	{ "REALTIME_COARSE",	CLOCK_REALTIME_COARSE,	1, 1 },
	{ "MONOTONIC_COARSE",	CLOCK_MONOTONIC_COARSE,	0, 1 },
};

#define CLOCKS	(sizeof(clocks) / sizeof(clocks[0]))

enum outcome {
	STRICT,		/* right, and not crossing a change of the clock */
	CROSSING,	/* judged as crossing one change of the clock */
	UNJUDGED,	/* crossed several changes, or the kernel stepped back */
	STEPPED,	/* allowed: the kernel's coarse clock stepped back */
	JUMPED,		/* wrong, but counters jumped in this update of the steered page or the one before */
	SHARED,		/* wrong, and so was the kernel's own vDSO just before or after */
	VIOLATION,
	STEERED,	/* of all these, with a bound */
	OUTCOMES
};

struct tally {
	unsigned long	count[CLOCKS][OUTCOMES];
	char		first[256];		/* the first violation */
};

/* The kernel's coarse clocks step back by at most this: a tick at 1500 ppm. */
#define COARSE_STEP	6000

struct reading {
	int64_t		before, fast, after;
	int64_t		bound;
	int64_t		took;		/* duration of all three reads */
	unsigned long	crossed;	/* starts and ends of changes: up to two are one change */
};

static enum outcome judge(size_t clock, const struct reading *r)
{
	int64_t before = r->before - r->bound, after = r->after + r->bound;
	int64_t slack = r->took + 2 * r->bound;

	if (before <= r->fast && r->fast <= after)
		return clocks[clock].settable && r->crossed ? CROSSING : STRICT;
	if (r->crossed && clocks[clock].coarse &&
	    before - COARSE_STEP <= r->fast && r->fast <= after + COARSE_STEP)
		return STEPPED;
	if (!r->crossed || !clocks[clock].settable)
		return r->after < r->before ? UNJUDGED : VIOLATION;
	if (r->crossed > 2)
		return UNJUDGED;
	/* One change: the read matches the clock before or after it. */
	if (clocks[clock].coarse)
		slack += 20000000;
	return (before <= r->fast && r->fast <= before + slack) ||
	       (after - slack <= r->fast && r->fast <= after) ? CROSSING : VIOLATION;
}

static void count(struct tally *tally, size_t clock, const struct reading *r, enum outcome outcome)
{
	if (!tally->count[clock][outcome]++ && outcome == VIOLATION && !*tally->first)
		snprintf(tally->first, sizeof(tally->first),
			 "%s: %lld after the first system call, %lld before the second, bound %lld, %lu changes",
			 clocks[clock].name, (long long)(r->fast - r->before),
			 (long long)(r->after - r->fast), (long long)r->bound, r->crossed);
}

#endif
