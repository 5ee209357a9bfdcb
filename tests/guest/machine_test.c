// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to the machine, each while a reader on every CPU makes sandwiches of all
 * clocks: other clocksources, CPUs that come and go, sleep, and time that is lost.
 */
#define _GNU_SOURCE
#include <sys/utsname.h>

#include "event.h"
#include "machine.h"

TEST_F_TIMEOUT(event, the_clocksource_is_switched, 60)
{
	static const char *const others[] = { "hpet", "acpi_pm", "tsc", "acpi_pm", "hpet", "tsc" };
	char available[128];
	struct fastvdso_status status;
	size_t i;

	ASSERT_EQ(0, read_from(CLOCKSOURCES "available_clocksource", available, sizeof(available)));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strstr(available, others[i]))
			continue;
		ASSERT_EQ(0, write_to(CLOCKSOURCES "current_clocksource", others[i]));
		ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
		EXPECT_STREQ(others[i], status.clocksource);
		EXPECT_EQ(!strcmp(others[i], "tsc"), status.mode == FASTVDSO_MODE_EXACT);
		wait_ms(200);
	}
}

TEST_F(event, a_cpu_goes_and_comes_back)
{
	int i;

	if (self->cpus < 2 || access(CPU1, W_OK))
		SKIP(return, "no CPU that could be taken offline");
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, write_to(CPU1, "0"));
		wait_ms(200);
		ASSERT_EQ(0, write_to(CPU1, "1"));
		/* Its reader went elsewhere. */
		ASSERT_EQ(0, pin(&self->readers[1]));
		wait_ms(200);
	}
}

/* How far the clocks that go on in sleep are ahead of MONOTONIC. */
static int64_t slept_ns(void)
{
	return kernel_ns(CLOCK_BOOTTIME) - kernel_ns(CLOCK_MONOTONIC);
}

TEST_F_TIMEOUT(event, the_machine_is_suspended_in_test_and_resumes, 90)
{
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "this kernel has no pm_test");
	ASSERT_EQ(0, suspend_in_test());
	wait_ms(500);
}

TEST_F_TIMEOUT(event, the_machine_sleeps_until_its_clock_wakes_it, 90)
{
	int64_t slept = slept_ns(), real = kernel_ns(CLOCK_REALTIME);

	if (access("/sys/power/mem_sleep", W_OK) || access(RTC "wakealarm", W_OK))
		SKIP(return, "this kernel has no sleep to memory, or no clock to wake it");
	ASSERT_EQ(0, suspend_for(4));
	slept = slept_ns() - slept;
	real = kernel_ns(CLOCK_REALTIME) - real;
	TH_LOG("slept for %lld ms", (long long)slept / 1000000);
	EXPECT_GT(slept, 2 * NS);
	EXPECT_GT(real, 2 * NS);
	wait_ms(500);
}

/* By how much the machine's own clock, which QEMU takes from the host, is ahead of the kernel's. */
static long long lost_sec(void)
{
	char epoch[32] = "0";

	read_from(RTC "since_epoch", epoch, sizeof(epoch));
	return strtoll(epoch, NULL, 10) - kernel_ns(CLOCK_MONOTONIC) / NS;
}

TEST_F_TIMEOUT(event, the_machine_is_stopped_and_continued, 60)
{
	long long before = lost_sec();
	int i;

	if (access(RTC "since_epoch", R_OK) || ask_host("stop", 4))
		SKIP(return, "no host that would do it, or no clock to tell");
	for (i = 0; i < 200 && lost_sec() - before < 3; i++)
		wait_ms(100);
	TH_LOG("the kernel's clocks lost %lld s", lost_sec() - before);
	EXPECT_GE(lost_sec() - before, 3);
	wait_ms(500);
}

/*
 * The counter goes on meanwhile, and a reader may be the first to run: it computes from
 * a page that is seconds old. Not each time, therefore several.
 */
TEST_F_TIMEOUT(event, the_machine_does_not_run_for_seconds, 60)
{
	int seconds = most_seconds_frozen(self->clocksource), i;

	if (!getenv("FASTVDSO_GUEST"))
		SKIP(return, "no host that would do it");
	for (i = 0; i < 6; i++)
		EXPECT_NE(0, freeze(seconds));
	wait_ms(500);
}

/*
 * With every CPU idle the tick stops. Whatever ends that, the kernel updates the page
 * before it runs a process, so nobody sees how old it was; only that the next read is right.
 */
TEST_F_TIMEOUT(event, every_cpu_is_idle_for_seconds, 60)
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
		TH_LOG("CPU %ld woke up to a page %lld us old", i,
		       (long long)self->readers[i].page_age / 1000);
	}
	TH_LOG("in 6.5 s the page was updated %u times", after.updates - before.updates);
	/*
	 * At 250 Hz it is 1625 times, unless the tick stopped. Debian's real-time kernels keep
	 * that of one CPU, also without the module.
	 */
	uname(&uts);
	if (!strstr(uts.version, "PREEMPT_RT"))
		EXPECT_LT(after.updates - before.updates, 800);
}

TEST_HARNESS_MAIN
