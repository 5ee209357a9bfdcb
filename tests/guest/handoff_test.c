// SPDX-License-Identifier: GPL-2.0
/* Two threads on two CPUs pass readings to each other. No later reading may be less. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <pthread.h>

#include "kernel_ns.h"
#include "kselftest_harness.h"
#include "process.h"

#define HANDOFFS	200000		/* readings that each thread takes over from the other */
#define MIN_HANDOFFS	100
#define SECONDS		2		/* for HANDOFFS: a host may have fewer CPUs than the guest */
#define MAX_SECONDS	60		/* for MIN_HANDOFFS: a host may be busy */

/* The latest reading, shifted left by one, and the number of its thread in bit 0. */
static int64_t latest;

struct runner {
	pthread_t	thread;
	clockid_t	clock;
	int		number;
	unsigned long	backwards, handoffs;
	int64_t		worst;
};

/* The threads take turns, so both have enough when one has. */
static int needs_more(const struct runner *runner, int64_t so_far)
{
	return runner->handoffs < HANDOFFS &&
	       so_far < (runner->handoffs < MIN_HANDOFFS ? MAX_SECONDS : SECONDS) * NS;
}

static void *run(void *argument)
{
	struct runner *runner = argument;
	int64_t start = fastvdso_now_ns(runner->clock), mine = start;

	pin_to_cpu(runner->number);
	while (needs_more(runner, mine - start)) {
		int64_t theirs = __atomic_load_n(&latest, __ATOMIC_ACQUIRE);

		mine = fastvdso_now_ns(runner->clock);
		if (mine < theirs >> 1) {
			runner->backwards++;
			if ((theirs >> 1) - mine > runner->worst)
				runner->worst = (theirs >> 1) - mine;
		}
		/* The other thread has not taken over our last reading yet. */
		if ((theirs & 1) == runner->number)
			continue;
		runner->handoffs++;
		__atomic_store_n(&latest, mine << 1 | runner->number, __ATOMIC_RELEASE);
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

TEST_F_TIMEOUT(handoff, time_never_goes_backwards_between_two_cpus, 120)
{
	struct runner runners[2];
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "this test needs two CPUs");
	latest = 0;
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
	TH_LOG("%lu readings passed from one CPU to the other", runners[0].handoffs + runners[1].handoffs);
	EXPECT_LT(MIN_HANDOFFS, runners[0].handoffs + runners[1].handoffs);
}

TEST_HARNESS_MAIN
