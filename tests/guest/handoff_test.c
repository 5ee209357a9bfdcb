// SPDX-License-Identifier: GPL-2.0
/* Two threads pass readings to each other: what follows is never earlier. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"

#define HANDED	200000		/* readings that each CPU takes over from the other */
#define ENOUGH	100		/* fewer show nothing */
#define SECONDS	2		/* then enough is enough: hosts may have fewer CPUs than guests */
#define PATIENCE 60		/* and they may be busy */

/* The latest reading and who made it: the lowest bit is the runner's number. */
static int64_t baton;

struct runner {
	pthread_t	thread;
	clockid_t	clock;
	int		number;
	unsigned long	backwards, handed;
	int64_t		worst;
};

/* Whether to go on: they take turns, so both have enough when one has. */
static int wants_more(const struct runner *runner, int64_t so_far)
{
	return runner->handed < HANDED &&
	       so_far < (runner->handed < ENOUGH ? PATIENCE : SECONDS) * INT64_C(1000000000);
}

static void *run(void *argument)
{
	struct runner *runner = argument;
	int64_t start = fastvdso_now_ns(runner->clock), mine = start;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)runner->number, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (wants_more(runner, mine - start)) {
		int64_t theirs = __atomic_load_n(&baton, __ATOMIC_ACQUIRE);

		mine = fastvdso_now_ns(runner->clock);
		if (mine < theirs >> 1) {
			runner->backwards++;
			if ((theirs >> 1) - mine > runner->worst)
				runner->worst = (theirs >> 1) - mine;
		}
		/* One's own reading is left for the other to take. */
		if ((theirs & 1) == runner->number)
			continue;
		runner->handed++;
		__atomic_store_n(&baton, mine << 1 | runner->number, __ATOMIC_RELEASE);
	}
	return NULL;
}

FIXTURE(handoff)
{
	int unused;
};

FIXTURE_VARIANT(handoff)
{
	clockid_t clock;
};

FIXTURE_VARIANT_ADD(handoff, monotonic) { .clock = CLOCK_MONOTONIC };
FIXTURE_VARIANT_ADD(handoff, boottime) { .clock = CLOCK_BOOTTIME };
FIXTURE_VARIANT_ADD(handoff, monotonic_raw) { .clock = CLOCK_MONOTONIC_RAW };

FIXTURE_SETUP(handoff)
{
	ASSERT_EQ(0, fastvdso_open());
}

FIXTURE_TEARDOWN(handoff)
{
}

TEST_F_TIMEOUT(handoff, time_never_goes_backwards_from_one_cpu_to_another, 120)
{
	struct runner runners[2];
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "wants two CPUs");
	baton = 0;
	memset(runners, 0, sizeof(runners));
	for (i = 0; i < 2; i++) {
		runners[i].clock = variant->clock;
		runners[i].number = i;
		ASSERT_EQ(0, pthread_create(&runners[i].thread, NULL, run, &runners[i]));
	}
	for (i = 0; i < 2; i++)
		pthread_join(runners[i].thread, NULL);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, runners[i].backwards);
		EXPECT_EQ(0, runners[i].worst);
	}
	TH_LOG("%lu readings passed from one CPU to the other", runners[0].handed + runners[1].handed);
	EXPECT_LT(ENOUGH, runners[0].handed + runners[1].handed);
}

TEST_HARNESS_MAIN
