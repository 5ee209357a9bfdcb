// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the machine: another clocksource, CPU hotplug, suspend, and hosts that stop the
 * machine. The fixture's readers check the clocks on every CPU meanwhile.
 */
#define _GNU_SOURCE
#include <sys/utsname.h>

#include "clocksource.h"
#include "event.h"
#include "machine.h"

TEST_F_TIMEOUT(event, reads_are_right_while_the_clocksource_is_switched, 60)
{
	const char *home = self->clock.source;
	const char *const order[] = { "hpet", "acpi_pm", "tsc", home, "acpi_pm", "hpet", "tsc", home };
	struct fastvdso_status status;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!is_available(order[i]))
			continue;
		ASSERT_EQ(0, write_file(CLOCKSOURCES "current_clocksource", order[i]));
		ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
		EXPECT_STREQ(order[i], status.clocksource);
		EXPECT_EQ(clock_mode_of(order[i]) != FASTVDSO_CLOCK_NONE, status.mode == FASTVDSO_MODE_EXACT);
		wait_ms(200);
	}
}

TEST_F(event, reads_are_right_while_a_cpu_goes_offline_and_online)
{
	int i;

	if (self->cpus < 2 || access(CPU1, W_OK))
		SKIP(return, "no CPU can be taken offline");
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, write_file(CPU1, "0"));
		wait_ms(200);
		ASSERT_EQ(0, write_file(CPU1, "1"));
		/* The kernel moved its reader to another CPU. */
		ASSERT_EQ(0, pin_reader(&self->readers[1]));
		wait_ms(200);
	}
}

TEST_F_TIMEOUT(event, reads_are_right_across_a_test_suspend, 90)
{
	if (!can_test_suspend())
		SKIP(return, "this kernel has no pm_test, or cannot suspend to memory");
	ASSERT_EQ(0, suspend_pm_test());
	wait_ms(500);
}

TEST_F_TIMEOUT(event, reads_are_right_across_suspend_to_memory, 90)
{
	int64_t slept = slept_ns(), real = kernel_ns(CLOCK_REALTIME);

	if (!can_suspend())
		SKIP(return, "this machine cannot suspend to memory, or has no RTC to wake it");
	/* Falling asleep takes a part of that: 2 to 4 s on a loaded host. */
	ASSERT_EQ(0, suspend_for(8));
	slept = slept_ns() - slept;
	real = kernel_ns(CLOCK_REALTIME) - real;
	TH_LOG("slept for %lld ms", (long long)slept / 1000000);
	EXPECT_GT(slept, 2 * NS);
	EXPECT_GT(real, 2 * NS);
	wait_ms(500);
}

/* While the machine is stopped, the counters and the clocksource may not stop for just as long. */
TEST_F_TIMEOUT(event, reads_are_right_after_the_machine_was_stopped, 120)
{
	static const int seconds[] = { 4, 1, 1, 1 };
	size_t stop;
	int i;

	for (stop = 0; stop < sizeof(seconds) / sizeof(seconds[0]); stop++) {
		long long before = lost_sec(), lost;

		/* The readers have to be steered when the counters jump. */
		for (i = 0; i < 80 && status_now().mode == FASTVDSO_MODE_FALLBACK; i++)
			wait_ms(100);
		__atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
		if (access(RTC "since_epoch", R_OK) || ask_host("stop", seconds[stop]))
			SKIP(return, "the host cannot stop this machine, or there is no RTC to see it by");
		lost = wait_until_lost(before, seconds[stop], 20);
		TH_LOG("the kernel's clocks lost %lld s, %u losses of steering", lost, status_now().losses);
		EXPECT_GE(lost, seconds[stop] - 1);
		wait_ms(500);
	}
}

/*
 * The counter runs on while the machine is frozen. If a reader is the first to run afterwards,
 * it computes from a page that is seconds old. That does not happen each time, hence six times.
 */
TEST_F_TIMEOUT(event, reads_are_right_after_the_machine_was_frozen, 60)
{
	int seconds = max_freeze_seconds(self->clock.source), i;

	if (!getenv("FASTVDSO_GUEST"))
		SKIP(return, "the host cannot freeze this machine");
	for (i = 0; i < 6; i++)
		EXPECT_NE(0, freeze(seconds));
	wait_ms(500);
}

/*
 * The tick stops while every CPU is idle. The kernel updates the page before it runs a process
 * again, so a process does not see how old the page was, only that the next read is right.
 */
TEST_F_TIMEOUT(event, reads_are_right_after_seconds_of_idle, 60)
{
	struct fastvdso_status before, after;
	int64_t until = kernel_ns(CLOCK_MONOTONIC) + 7 * NS;
	struct timespec ts = { until / NS, until % NS };
	struct utsname uts;
	long i;

	__atomic_store_n(&shared->nap_until, until, __ATOMIC_RELAXED);
	wait_ms(500);
	ASSERT_EQ(0, fastvdso_status(&before, sizeof(before)));
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	ASSERT_EQ(0, fastvdso_status(&after, sizeof(after)));
	wait_ms(500);
	for (i = 0; i < self->cpus; i++) {
		EXPECT_EQ(until, self->readers[i].napped_until);
		TH_LOG("CPU %ld: page was %lld us old after the sleep", i,
		       (long long)self->readers[i].page_age / 1000);
	}
	TH_LOG("the page was updated %u times in 6.5 s", after.updates - before.updates);
	/*
	 * At 250 Hz there are 1625 updates unless the tick stops. Debian's real-time kernels keep
	 * the tick of one CPU running, with or without the module.
	 */
	uname(&uts);
	if (!strstr(uts.version, "PREEMPT_RT"))
		EXPECT_LT(after.updates - before.updates, 800);
}

TEST_HARNESS_MAIN
