// SPDX-License-Identifier: GPL-2.0
/* Bracketed reads, undisturbed and while another process keeps setting and slewing the clock. */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "disturb.h"
#include "kselftest_harness.h"

static void disturb_forever(void)
{
	int64_t start = kernel_ns(CLOCK_REALTIME);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		disturb((size_t)random() % DISTURBANCES, start);
		__atomic_store_n(&shared->ready, 1, __ATOMIC_RELAXED);
		wait_for_reads();
	}
}

FIXTURE(bracket)
{
	pid_t disturber;
};

FIXTURE_VARIANT(bracket)
{
	int disturbed;
};

FIXTURE_VARIANT_ADD(bracket, at_rest) { .disturbed = 0 };
FIXTURE_VARIANT_ADD(bracket, while_the_clock_is_set) { .disturbed = 1 };

FIXTURE_SETUP(bracket)
{
	map_shared();
	if (variant->disturbed) {
		self->disturber = fork();
		if (!self->disturber)
			disturb_forever();
		while (!__atomic_load_n(&shared->ready, __ATOMIC_RELAXED))
			usleep(100);
	}
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
}

FIXTURE_TEARDOWN(bracket)
{
	if (self->disturber) {
		kill_child(self->disturber);
		reset_adjustments();
	}
}

TEST_F_TIMEOUT(bracket, every_read_lies_between_two_system_calls, 1200)
{
	const char *wanted = getenv("SANDWICH_READS");
	unsigned long reads = wanted ? strtoul(wanted, NULL, 10) : 1000000;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct reader *readers = start_readers((reads + (unsigned long)cpus - 1) / (unsigned long)cpus,
					       &cpus);

	ASSERT_NE(NULL, readers);
	EXPECT_EQ(0, join_readers(readers, cpus, variant->disturbed ? "disturbed" : "at rest"));
	TH_LOG("the clock was set %lu times", shared->changes / 2);
}

TEST_HARNESS_MAIN
