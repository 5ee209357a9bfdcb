// SPDX-License-Identifier: GPL-2.0
/* The sandwich at rest, and while another process steps, slews and sets the clock without pause. */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "sandwich.h"

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
		turn();
		disturb((int)(random() % 8), start);
		turn();
		__atomic_store_n(&shared->ready, 1, __ATOMIC_RELAXED);
		breathe();
	}
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
	share();
	if (variant->disturbed) {
		self->disturber = fork();
		if (!self->disturber)
			disturb_forever();
		while (!__atomic_load_n(&shared->ready, __ATOMIC_RELAXED))
			usleep(100);
	}
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
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
	struct worker *workers = start_readers((reads + (unsigned long)cpus - 1) / (unsigned long)cpus,
					       &cpus);

	ASSERT_NE(NULL, workers);
	EXPECT_EQ(0, join_readers(workers, cpus, variant->disturbed ? "disturbed" : "at rest"));
	TH_LOG("the clock was set %lu times", shared->turns / 2);
}

TEST_HARNESS_MAIN
