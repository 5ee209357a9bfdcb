/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sandwich: system call <= fast read <= system call, for every clock, by a
 * thread on each CPU, while something happens to the clock. judge.h says what is right.
 */
#ifndef FASTVDSO_SANDWICH_H
#define FASTVDSO_SANDWICH_H

#include <fastvdso.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "judge.h"
#include "kernel_ns.h"

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

/* One reader on each CPU. */
static inline struct worker *start_readers(unsigned long reads, long *cpus)
{
	struct worker *workers;
	long i;

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
	unsigned long violations = 0;
	size_t clock;
	long i;

	for (i = 0; i < cpus; i++)
		pthread_join(workers[i].thread, NULL);
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
	return violations;
}

#endif
