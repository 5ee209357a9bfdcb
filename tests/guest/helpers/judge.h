/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is right and wrong of a sandwich: system call <= fast read <= system call.
 *
 * A clock that somebody sets between the two slices may jump there. Whoever sets it
 * counts up before and after, so a reader knows; then the fast read has to belong to
 * what the clock was before or to what it is after, within the time that passed.
 *
 * Before 6.15 the kernel's own coarse clocks step back, by less than a tick times
 * the change of rate, when the frequency is set: system calls alone show it. A fast
 * read of the moment before is then above the second slice by as much. That much is
 * allowed where a set lies between, for the coarse clocks only, and counted.
 *
 * A host that takes the CPU away from a kernel in the midst of its update has it publish a
 * change of rate late: its own clock steps back then by as much. Between two system calls of
 * which the second is the earlier there is nothing to judge; that is counted too.
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

struct tally {
	unsigned long	reads[CLOCKS];		/* judged strictly */
	unsigned long	crossing[CLOCKS];	/* judged as crossing one set */
	unsigned long	unjudged[CLOCKS];	/* more than one set in between, or slices that contradict */
	unsigned long	steered[CLOCKS];	/* of all these, those that had a bound */
	unsigned long	stepped[CLOCKS];	/* allowed: the kernel's coarse clock stepped back */
	unsigned long	violations[CLOCKS];
	char		first[256];
};

/* How far a coarse clock of the kernel steps back at most: a tick at 1500 ppm. */
#define COARSE_STEP	6000

struct reading {
	int64_t		before, fast, after;
	int64_t		bound;
	int64_t		took;		/* from before the first slice until after the second */
	unsigned long	crossed;	/* turns in between: up to two are one set */
};

static void violation(struct tally *tally, size_t clock, const struct reading *r)
{
	if (!tally->violations[clock]++ && !*tally->first)
		snprintf(tally->first, sizeof(tally->first),
			 "%s: %lld after the first slice, %lld before the second, bound %lld, %lu sets between",
			 clocks[clock].name, (long long)(r->fast - r->before),
			 (long long)(r->after - r->fast), (long long)r->bound, r->crossed);
}

/* Each comparison allows the bound, and nothing else that is not said. */
static void judge(struct tally *tally, size_t clock, const struct reading *r)
{
	int64_t before = r->before - r->bound, after = r->after + r->bound;
	int64_t slack = r->took + 2 * r->bound;

	if (before <= r->fast && r->fast <= after) {
		if (clocks[clock].settable && r->crossed)
			tally->crossing[clock]++;
		else
			tally->reads[clock]++;
	} else if (r->crossed && clocks[clock].coarse &&
		   before - COARSE_STEP <= r->fast && r->fast <= after + COARSE_STEP) {
		tally->stepped[clock]++;
	} else if (!r->crossed || !clocks[clock].settable) {
		if (r->after < r->before)
			tally->unjudged[clock]++;
		else
			violation(tally, clock, r);
	} else if (r->crossed <= 2) {
		/* One set: the read is of the time before it or after it. */
		if (clocks[clock].coarse)
			slack += 20000000;
		tally->crossing[clock]++;
		if (!(before <= r->fast && r->fast <= before + slack) &&
		    !(after - slack <= r->fast && r->fast <= after))
			violation(tally, clock, r);
	} else {
		tally->unjudged[clock]++;
	}
}

#endif
