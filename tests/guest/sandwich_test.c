// SPDX-License-Identifier: GPL-2.0
/*
 * The sandwich: system call <= fast read <= system call, for every clock, on every
 * CPU at once, while another process steps, slews and sets the clock without pause.
 *
 * A clock that somebody sets between the two slices may jump there. The process
 * that sets it counts up before and after, so a reader knows; then the fast read
 * has to belong to what the clock was before or to what it is after, within the
 * time that passed.
 *
 * Before 6.15 the kernel's own coarse clocks step back, by less than a tick times
 * the change of rate, when the frequency is set: system calls alone show it. A fast
 * read of the moment before is then above the second slice by as much. That much is
 * allowed where a set lies between, for the coarse clocks only, and counted.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#define NS	INT64_C(1000000000)

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

/* What the one who sets the clock tells the readers: odd while it is at it. */
static struct shared {
	unsigned long	turns;
	unsigned long	kinds[8];
	int		ready;
} *shared;

struct tally {
	unsigned long	reads[CLOCKS];		/* judged strictly */
	unsigned long	crossing[CLOCKS];	/* judged as crossing one set */
	unsigned long	unjudged[CLOCKS];	/* more than one set in between */
	unsigned long	stepped[CLOCKS];	/* allowed: the kernel's coarse clock stepped back */
	unsigned long	violations[CLOCKS];
	char		first[256];
};

static int64_t kernel_ns(clockid_t id)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static unsigned long turns(void)
{
	return __atomic_load_n(&shared->turns, __ATOMIC_SEQ_CST);
}

/* One kind of disturbance, at random within what keeps the guest usable. */
static void disturb(int kind, int64_t start)
{
	struct timex tx = { 0 };
	struct timespec ts;
	struct timeval tv;

	switch (kind) {
	case 0:
	case 1:
		ts.tv_sec = start / NS + random() % 7200 - 3600;
		ts.tv_nsec = random() % NS;
		clock_settime(CLOCK_REALTIME, &ts);
		break;
	case 2:
		tv.tv_sec = start / NS + random() % 7200 - 3600;
		tv.tv_usec = random() % 1000000;
		settimeofday(&tv, NULL);
		break;
	case 3:
		tx.modes = ADJ_SETOFFSET | ADJ_NANO;
		tx.time.tv_sec = random() % 20 - 10;
		tx.time.tv_usec = random() % NS;
		adjtimex(&tx);
		break;
	case 4:
		tx.modes = ADJ_FREQUENCY;
		tx.freq = (random() % 1001 - 500) * 65536;
		adjtimex(&tx);
		break;
	case 5:
		tx.modes = ADJ_TAI;
		tx.constant = random() % 100;
		adjtimex(&tx);
		break;
	case 6:
		tx.modes = ADJ_OFFSET | ADJ_STATUS | ADJ_NANO;
		tx.status = STA_PLL;
		tx.offset = random() % 1000000 - 500000;
		adjtimex(&tx);
		break;
	case 7:
		tx.modes = ADJ_TICK;
		tx.tick = 10000 + random() % 11 - 5;
		adjtimex(&tx);
		break;
	}
	shared->kinds[kind]++;
}

/* Let readers in between, now and then, for a few readings. */
static void breathe(void)
{
	int64_t until = kernel_ns(CLOCK_MONOTONIC) + random() % 40000;

	while (kernel_ns(CLOCK_MONOTONIC) < until)
		;
}

static void disturb_forever(void)
{
	int64_t start = kernel_ns(CLOCK_REALTIME);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		__atomic_add_fetch(&shared->turns, 1, __ATOMIC_SEQ_CST);
		disturb((int)(random() % 8), start);
		__atomic_add_fetch(&shared->turns, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&shared->ready, 1, __ATOMIC_RELAXED);
		breathe();
	}
}

static void violation(struct tally *tally, size_t clock, int64_t before, int64_t fast, int64_t after,
		      unsigned long crossed)
{
	if (!tally->violations[clock]++ && !*tally->first)
		snprintf(tally->first, sizeof(tally->first),
			 "%s: %lld after the first slice, %lld before the second, %lu sets between",
			 clocks[clock].name, (long long)(fast - before), (long long)(after - fast),
			 crossed);
}

static int64_t fast_ns(clockid_t id, int whole)
{
	struct timespec ts;

	if (!whole)
		return fastvdso_now_ns(id);
	fastvdso_clock_gettime(id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* How far a coarse clock of the kernel steps back at most: a tick at 1500 ppm. */
#define COARSE_STEP	6000

static void sandwich(struct tally *tally, size_t clock, int whole)
{
	clockid_t id = clocks[clock].id;
	int64_t before, fast, after, slack;
	unsigned long turn = turns(), crossed;

	slack = -kernel_ns(CLOCK_MONOTONIC);
	before = kernel_ns(id);
	fast = fast_ns(id, whole);
	after = kernel_ns(id);
	slack += kernel_ns(CLOCK_MONOTONIC);
	crossed = turns() - turn + (turn & 1);

	if (before <= fast && fast <= after) {
		if (clocks[clock].settable && crossed)
			tally->crossing[clock]++;
		else
			tally->reads[clock]++;
	} else if (crossed && clocks[clock].coarse &&
		   before - COARSE_STEP <= fast && fast <= after + COARSE_STEP) {
		tally->stepped[clock]++;
	} else if (!crossed || !clocks[clock].settable) {
		violation(tally, clock, before, fast, after, crossed);
	} else if (crossed <= 2) {
		/* One set: the read is of the time before it or after it. */
		if (clocks[clock].coarse)
			slack += 20000000;
		tally->crossing[clock]++;
		if (!(before <= fast && fast <= before + slack) &&
		    !(after - slack <= fast && fast <= after))
			violation(tally, clock, before, fast, after, crossed);
	} else {
		tally->unjudged[clock]++;
	}
}

struct worker {
	pthread_t	thread;
	int		cpu;
	unsigned long	reads;
	struct tally	tally;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	cpu_set_t set;
	size_t clock;
	int whole;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)worker->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (clock = 0; clock < CLOCKS; clock++) {
		const struct tally *tally = &worker->tally;

		for (whole = 0; tally->reads[clock] + tally->crossing[clock] +
		     tally->violations[clock] < worker->reads; whole ^= 1)
			sandwich(&worker->tally, clock, whole);
	}
	return NULL;
}

FIXTURE(sandwich)
{
	pid_t disturber;
};

FIXTURE_VARIANT(sandwich)
{
	int disturbed;
};

FIXTURE_VARIANT_ADD(sandwich, at_rest) { .disturbed = 0 };
FIXTURE_VARIANT_ADD(sandwich, while_the_clock_is_set) { .disturbed = 1 };

FIXTURE_SETUP(sandwich)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (variant->disturbed) {
		self->disturber = fork();
		if (!self->disturber)
			disturb_forever();
		while (!__atomic_load_n(&shared->ready, __ATOMIC_RELAXED))
			usleep(100);
	}
	ASSERT_EQ(0, fastvdso_open());
}

FIXTURE_TEARDOWN(sandwich)
{
	struct timex tx = { .modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_STATUS, .tick = 10000 };

	if (self->disturber) {
		kill(self->disturber, SIGKILL);
		waitpid(self->disturber, NULL, 0);
		adjtimex(&tx);
	}
}

TEST_F_TIMEOUT(sandwich, every_read_lies_between_two_system_calls, 240)
{
	const char *wanted = getenv("SANDWICH_READS");
	unsigned long reads = wanted ? strtoul(wanted, NULL, 10) : 1000000;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct worker *workers = calloc((size_t)cpus, sizeof(*workers));
	size_t clock;
	long i;

	for (i = 0; i < cpus; i++) {
		workers[i].cpu = (int)i;
		workers[i].reads = (reads + (unsigned long)cpus - 1) / (unsigned long)cpus;
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < cpus; i++)
		pthread_join(workers[i].thread, NULL);
	for (clock = 0; clock < CLOCKS; clock++) {
		struct tally sum = { .first = "" };

		for (i = 0; i < cpus; i++) {
			sum.reads[clock] += workers[i].tally.reads[clock];
			sum.crossing[clock] += workers[i].tally.crossing[clock];
			sum.unjudged[clock] += workers[i].tally.unjudged[clock];
			sum.stepped[clock] += workers[i].tally.stepped[clock];
			sum.violations[clock] += workers[i].tally.violations[clock];
		}
		TH_LOG("%-17s %8lu reads, %8lu across a set, %5lu not judged, %5lu coarse steps, %lu violations",
		       clocks[clock].name, sum.reads[clock], sum.crossing[clock],
		       sum.unjudged[clock], sum.stepped[clock], sum.violations[clock]);
		EXPECT_EQ(0, sum.violations[clock]);
	}
	for (i = 0; i < cpus; i++)
		if (*workers[i].tally.first)
			TH_LOG("first on CPU %ld: %s", i, workers[i].tally.first);
	TH_LOG("the clock was set %lu times", shared->turns / 2);
}

TEST_HARNESS_MAIN
