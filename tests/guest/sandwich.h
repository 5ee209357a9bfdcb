/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sandwich: system call <= fast read <= system call, for every clock, by a
 * thread on each CPU, while something happens to the clock.
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
 *
 * A steered clock is within its bound as long as the counter is steady; that it is not shows at
 * the next pair that the module makes. An emulated counter jumps once in a while, against
 * the emulated clock. What is beyond the bound, and the module then gave the counter up for
 * unsteady, is told and not held against it: once or twice in a test, since it is rare.
 */
#ifndef FASTVDSO_SANDWICH_H
#define FASTVDSO_SANDWICH_H

#include <fastvdso.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel_ns.h"

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

/* What the one who sets the clock tells the readers; may be another process. */
static struct shared {
	unsigned long	turns;		/* odd while it is at it */
	int		ready;		/* it has begun */
	int		stop;		/* readers end, whatever they have */
	int64_t		nap_until;	/* readers sleep once until then, MONOTONIC */
} *shared;

static inline void share(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Called before a clock is set, and after. */
static inline void turn(void)
{
	__atomic_add_fetch(&shared->turns, 1, __ATOMIC_SEQ_CST);
}

struct tally {
	unsigned long	reads[CLOCKS];		/* judged strictly */
	unsigned long	crossing[CLOCKS];	/* judged as crossing one set */
	unsigned long	unjudged[CLOCKS];	/* more than one set in between, or slices that contradict */
	unsigned long	steered[CLOCKS];	/* of all these, those that had a bound */
	unsigned long	stepped[CLOCKS];	/* allowed: the kernel's coarse clock stepped back */
	unsigned long	violations[CLOCKS];	/* of these, steered: */
	unsigned long	beyond;
	char		first[256];
};

static unsigned long turns(void)
{
	return __atomic_load_n(&shared->turns, __ATOMIC_SEQ_CST);
}

/*
 * A fast read, by either call, and how far from the kernel's clock it may be: nothing,
 * but where it is steered. The bound of clock_gettime() is that of the reads around it.
 */
static int64_t fast_ns(clockid_t id, int whole, int64_t *bound)
{
	uint64_t before, after;
	int64_t fast = fastvdso_now_ns_bound(id, &before);
	struct timespec ts;

	*bound = (int64_t)before;
	if (!whole)
		return fast;
	fastvdso_clock_gettime(id, &ts);
	fastvdso_now_ns_bound(id, &after);
	if (after > before)
		*bound = (int64_t)after;
	return ts.tv_sec * NS + ts.tv_nsec;
}

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
	tally->beyond += r->bound > 0;
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

static void sandwich(struct tally *tally, size_t clock, int whole)
{
	clockid_t id = clocks[clock].id;
	unsigned long before_turn = turns();
	struct reading r;

	r.took = -kernel_ns(CLOCK_MONOTONIC);
	r.before = kernel_ns(id);
	r.fast = fast_ns(id, whole, &r.bound);
	r.after = kernel_ns(id);
	r.took += kernel_ns(CLOCK_MONOTONIC);
	r.crossed = turns() - before_turn + (before_turn & 1);
	tally->steered[clock] += r.bound > 0;
	judge(tally, clock, &r);
}

struct worker {
	pthread_t	thread;
	int		cpu;
	unsigned long	reads;		/* of each clock, then end; 0: until told to stop */
	int64_t		napped_until;
	int64_t		page_age;	/* after the first reads since the nap */
	struct tally	tally;
};

static inline int stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

/* To the CPU that is its own; again when that CPU has been away. */
static inline int pin(struct worker *worker)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)worker->cpu, &set);
	return -pthread_setaffinity_np(worker->thread, sizeof(set), &set);
}

static int enough(const struct worker *worker, size_t clock)
{
	const struct tally *tally = &worker->tally;

	return worker->reads && tally->reads[clock] + tally->crossing[clock] +
				tally->violations[clock] >= worker->reads;
}

static int nap(struct worker *worker)
{
	int64_t until = __atomic_load_n(&shared->nap_until, __ATOMIC_RELAXED);
	struct timespec ts = { until / NS, until % NS };

	if (until == worker->napped_until)
		return 0;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	worker->napped_until = until;
	return 1;
}

static int64_t page_age(void)
{
	struct fastvdso_status status;

	return fastvdso_status(&status, sizeof(status)) ? -1 : status.update_age_ns;
}

/* All clocks in turn, since nobody knows when it happens. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	int whole, more = 1, napped;
	size_t clock;

	for (whole = 0; more && !stopped(); whole ^= 1) {
		more = 0;
		napped = nap(worker);
		for (clock = 0; clock < CLOCKS; clock++) {
			if (enough(worker, clock))
				continue;
			more = 1;
			sandwich(&worker->tally, clock, whole);
		}
		if (napped)
			worker->page_age = page_age();
	}
	return NULL;
}

/* How often the module found a counter unsteady. */
static inline unsigned int losses(void)
{
	struct fastvdso_status status = { 0 };

	fastvdso_status(&status, sizeof(status));
	return status.losses;
}

static unsigned int losses_before;

#define LOSSES_MAX	2

/* One reader on each CPU. */
static inline struct worker *start_readers(unsigned long reads, long *cpus)
{
	struct worker *workers;
	long i;

	losses_before = losses();
	*cpus = sysconf(_SC_NPROCESSORS_ONLN);
	workers = calloc((size_t)*cpus, sizeof(*workers));
	for (i = 0; i < *cpus; i++) {
		workers[i].cpu = (int)i;
		workers[i].reads = reads;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) || pin(&workers[i]))
			return NULL;
	}
	return workers;
}

/* Of one clock, so far. */
static inline struct tally sum_up(const struct worker *workers, long cpus, size_t clock)
{
	struct tally sum = { .first = "" };
	long i;

	for (i = 0; i < cpus; i++) {
		const struct tally *tally = &workers[i].tally;

		sum.reads[clock] += __atomic_load_n(&tally->reads[clock], __ATOMIC_RELAXED);
		sum.crossing[clock] += __atomic_load_n(&tally->crossing[clock], __ATOMIC_RELAXED);
		sum.unjudged[clock] += __atomic_load_n(&tally->unjudged[clock], __ATOMIC_RELAXED);
		sum.steered[clock] += __atomic_load_n(&tally->steered[clock], __ATOMIC_RELAXED);
		sum.stepped[clock] += __atomic_load_n(&tally->stepped[clock], __ATOMIC_RELAXED);
		sum.violations[clock] += __atomic_load_n(&tally->violations[clock], __ATOMIC_RELAXED);
	}
	return sum;
}

/* Wait for them, and tell what they saw. Returns the number of violations. */
static inline unsigned long join_readers(struct worker *workers, long cpus, const char *what)
{
	unsigned long violations = 0, beyond = 0;
	unsigned int lost;
	size_t clock;
	long i;

	for (i = 0; i < cpus; i++) {
		pthread_join(workers[i].thread, NULL);
		beyond += workers[i].tally.beyond;
	}
	/* The pair that shows it may be still to come. */
	if (beyond)
		usleep(300000);
	lost = losses() - losses_before;
	if (lost)
		printf("# %s: a counter was found unsteady %u times; %lu steered reads were beyond their bound\n",
		       what, lost, beyond);
	for (clock = 0; clock < CLOCKS; clock++) {
		struct tally sum = sum_up(workers, cpus, clock);

		printf("# %s: %-16s %8lu reads, %8lu across a set, %8lu steered, %5lu not judged, %5lu coarse steps, %lu violations\n",
		       what, clocks[clock].name, sum.reads[clock], sum.crossing[clock],
		       sum.steered[clock], sum.unjudged[clock], sum.stepped[clock], sum.violations[clock]);
		violations += sum.violations[clock];
	}
	for (i = 0; i < cpus; i++)
		if (*workers[i].tally.first)
			printf("# %s: first on CPU %ld: %s\n", what, i, workers[i].tally.first);
	fflush(stdout);
	free(workers);
	return lost && lost <= LOSSES_MAX ? violations - beyond : violations;
}

#endif
