// SPDX-License-Identifier: GPL-2.0
/* Bracketed reads, of clocks at rest and while another process keeps setting and slewing the clock. */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "set_clock.h"

static void change_clock_forever(void)
{
	int64_t start = kernel_ns(CLOCK_REALTIME);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		change_at_random((size_t)random() % CHANGES, start);
		__atomic_store_n(&shared->ready, 1, __ATOMIC_RELAXED);
		wait_for_reads();
	}
}

FIXTURE(reads)
{
	pid_t setter;
};

FIXTURE_VARIANT(reads)
{
	int is_set;
};

FIXTURE_VARIANT_ADD(reads, at_rest) { .is_set = 0 };
FIXTURE_VARIANT_ADD(reads, while_the_clock_is_set) { .is_set = 1 };

FIXTURE_SETUP(reads)
{
	map_shared();
	if (variant->is_set) {
		self->setter = fork();
		if (!self->setter)
			change_clock_forever();
		while (!__atomic_load_n(&shared->ready, __ATOMIC_RELAXED))
			usleep(100);
	}
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
}

FIXTURE_TEARDOWN(reads)
{
	if (self->setter) {
		kill_child(self->setter);
		reset_adjustments();
	}
}

TEST_F_TIMEOUT(reads, every_read_lies_between_two_system_calls, 1200)
{
	const char *wanted = getenv("BRACKETED_READS");
	unsigned long reads = wanted ? strtoul(wanted, NULL, 10) : 1000000;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct reader *readers = start_readers((reads + (unsigned long)cpus - 1) / (unsigned long)cpus,
					       &cpus);

	ASSERT_NE(NULL, readers);
	EXPECT_EQ(0, join_readers(readers, cpus, variant->is_set ? "while set" : "at rest"));
	TH_LOG("the clock was set %lu times", shared->changes / 2);
}

TEST_HARNESS_MAIN
