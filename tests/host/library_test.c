// SPDX-License-Identifier: GPL-2.0
/* The library without a device returns libc's answers and reports a reason. */
#define _GNU_SOURCE
#include <fastvdso.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "stock_names.h"

static int64_t libc_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

FIXTURE(library)
{
	int opened;
};

/* Each test runs before open, and again after an open that fails. */
FIXTURE_VARIANT(library)
{
	int open;
};

FIXTURE_VARIANT_ADD(library, unopened) { .open = 0 };
FIXTURE_VARIANT_ADD(library, without_a_device) { .open = 1 };

FIXTURE_SETUP(library)
{
	if (!variant->open)
		return;
	if (!access(FASTVDSO_DEVICE, F_OK))
		SKIP(return, "this machine has " FASTVDSO_DEVICE);
	ASSERT_EQ(-ENOENT, fastvdso_open());
}

FIXTURE_TEARDOWN(library)
{
}

TEST_F(library, clocks_equal_libcs)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID,
	};
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct timespec ts, res, libc_res;
		int64_t before = libc_ns(clocks[i]), first, second;

		first = fastvdso_now_ns(clocks[i]);
		ASSERT_EQ(0, fastvdso_clock_gettime(clocks[i], &ts));
		second = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
		EXPECT_LE(before, first);
		EXPECT_LE(first, second);
		EXPECT_LE(second, libc_ns(clocks[i]));
		ASSERT_EQ(0, fastvdso_clock_getres(clocks[i], &res));
		clock_getres(clocks[i], &libc_res);
		EXPECT_EQ(libc_res.tv_nsec, res.tv_nsec);
		EXPECT_EQ(0, fastvdso_clock_getres(clocks[i], NULL));
	}
}

TEST_F(library, errors_are_returned_and_errno_is_unchanged)
{
	struct timespec ts;

	errno = EXDEV;
	EXPECT_EQ(-EINVAL, fastvdso_clock_gettime(99, &ts));
	EXPECT_EQ(-EINVAL, fastvdso_now_ns(99));
	EXPECT_EQ(-EINVAL, fastvdso_clock_getres(99, &ts));
	EXPECT_EQ(EXDEV, errno);
	EXPECT_EQ(NULL, fastvdso_sym(STOCK_PREFIX "clock_gettime", STOCK_VERSION_NAME));
	EXPECT_EQ(EXDEV, errno);
}

TEST_F(library, gettimeofday_getcpu_and_time_equal_libcs)
{
	struct { int minuteswest, dsttime; } tz = { -1, -1 }, kernel_tz = { -2, -2 };
	unsigned int cpu = ~0u, node = ~0u;
	struct timeval tv;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
	EXPECT_EQ(0, fastvdso_getcpu(&cpu, &node));
	EXPECT_TRUE(cpu < CPU_SETSIZE && CPU_ISSET(cpu, &set));
	EXPECT_EQ(0, fastvdso_getcpu(NULL, NULL));

	ASSERT_EQ(0, fastvdso_gettimeofday(&tv, &tz));
	syscall(SYS_gettimeofday, NULL, &kernel_tz);
	EXPECT_EQ(kernel_tz.minuteswest, tz.minuteswest);
	EXPECT_EQ(kernel_tz.dsttime, tz.dsttime);
	EXPECT_EQ(0, fastvdso_gettimeofday(NULL, NULL));
	EXPECT_LE(llabs(time(NULL) - tv.tv_sec), 1);
	EXPECT_LE(llabs(time(NULL) - fastvdso_time(NULL)), 1);
}

TEST_F(library, open_reports_its_reason)
{
	struct fastvdso_status status;

	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	EXPECT_EQ(FASTVDSO_MODE_FALLBACK, status.mode);
	EXPECT_EQ(NULL, status.image);
	EXPECT_EQ(variant->open ? FASTVDSO_REASON_NO_DEVICE : FASTVDSO_REASON_NOT_OPEN,
		  status.reason);
	EXPECT_EQ(variant->open ? ENOENT : 0, status.error);
}

TEST_F(library, flags_refresh_and_bound_work_without_a_mapping)
{
	struct timespec ts;
	uint64_t bound = 99;
	int64_t before, got;

	errno = EXDEV;
	EXPECT_EQ(0, fastvdso_refresh());
	EXPECT_EQ(-EINVAL, fastvdso_open_flags(FASTVDSO_STEERED << 1));
	EXPECT_EQ(-EINVAL, fastvdso_open_flags(FASTVDSO_STEERED | 1u << 31));
	EXPECT_EQ(-EINVAL, fastvdso_open_flags(~0u));
	before = libc_ns(CLOCK_MONOTONIC);
	got = fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bound);
	EXPECT_LE(before, got);
	EXPECT_GE(libc_ns(CLOCK_MONOTONIC), got);
	EXPECT_EQ(0, bound);
	bound = 99;
	EXPECT_EQ(-EINVAL, fastvdso_now_ns_bound(99, &bound));
	EXPECT_EQ(0, bound);
	EXPECT_EQ(EXDEV, errno);
	/* Unknown flags are refused before opening, so the reason does not change. */
	if (access(FASTVDSO_DEVICE, F_OK)) {
		struct fastvdso_status status;

		ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
		EXPECT_EQ(variant->open ? FASTVDSO_REASON_NO_DEVICE : FASTVDSO_REASON_NOT_OPEN,
			  status.reason);
		EXPECT_EQ(-ENOENT, fastvdso_open_flags(FASTVDSO_STEERED));
		EXPECT_EQ(0, fastvdso_clock_gettime(CLOCK_MONOTONIC, &ts));
		EXPECT_EQ(0, fastvdso_refresh());
	}
}

TEST_F(library, without_pages_clocks_work_and_ticks_fail)
{
	struct fastvdso_counter_info info = { .frequency = 1 };
	struct fastvdso_snapshot snapshot;
	int64_t real, mono, boot, raw, now;
	uint64_t ticks = 99;

	if (!access(FASTVDSO_DEVICE, F_OK))
		SKIP(return, "this machine has " FASTVDSO_DEVICE);
	errno = EXDEV;
	EXPECT_EQ(0, fastvdso_ticks());
	EXPECT_EQ(-EOPNOTSUPP, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, 1));
	EXPECT_EQ(-EOPNOTSUPP, fastvdso_ns_to_ticks(CLOCK_MONOTONIC, 1, &ticks));
	EXPECT_EQ(-EOPNOTSUPP, fastvdso_counter_info(&info));
	EXPECT_EQ(0, info.frequency);
	real = libc_ns(CLOCK_REALTIME);
	mono = libc_ns(CLOCK_MONOTONIC);
	boot = libc_ns(CLOCK_BOOTTIME);
	raw = libc_ns(CLOCK_MONOTONIC_RAW);
	memset(&snapshot, 99, sizeof(snapshot));
	ASSERT_EQ(0, fastvdso_snapshot(&snapshot));
	EXPECT_EQ(FASTVDSO_CLOCK_NONE, snapshot.clock_mode);
	EXPECT_EQ(0, snapshot.ticks);
	EXPECT_EQ(0, snapshot.generation);
	EXPECT_GT(sysconf(_SC_NPROCESSORS_CONF), snapshot.cpu);
	EXPECT_LE(real, snapshot.realtime);
	EXPECT_LE(mono, snapshot.monotonic);
	EXPECT_LE(boot, snapshot.boottime);
	EXPECT_LE(raw, snapshot.monotonic_raw);
	EXPECT_LE(snapshot.realtime, libc_ns(CLOCK_REALTIME));
	EXPECT_LE(snapshot.tai, libc_ns(CLOCK_TAI));
	/* The bound is the time that the snapshot took. */
	EXPECT_LT(0, snapshot.bound);
	EXPECT_GE(libc_ns(CLOCK_MONOTONIC), snapshot.monotonic + (int64_t)snapshot.bound);
	now = fastvdso_now_ns_unordered(CLOCK_MONOTONIC);
	EXPECT_LE(snapshot.monotonic, now);
	EXPECT_GE(libc_ns(CLOCK_MONOTONIC), now);
	EXPECT_EQ(-EINVAL, fastvdso_now_ns_unordered(99));
	EXPECT_EQ(EXDEV, errno);
}

TEST(status_accepts_older_callers_and_refuses_newer_ones)
{
	struct fastvdso_status status;
	uint32_t mode = 99;

	EXPECT_EQ(0, fastvdso_status((struct fastvdso_status *)&mode, sizeof(mode)));
	EXPECT_EQ(FASTVDSO_MODE_FALLBACK, mode);
	EXPECT_EQ(-EINVAL, fastvdso_status(&status, sizeof(status) + 1));
	EXPECT_EQ(-EINVAL, fastvdso_status(&status, 0));
}

TEST(a_process_under_rr_does_not_map_the_pages)
{
	struct fastvdso_status status;

	setenv("RUNNING_UNDER_RR", "1", 1);
	EXPECT_EQ(-EOPNOTSUPP, fastvdso_open());
	unsetenv("RUNNING_UNDER_RR");
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	EXPECT_EQ(FASTVDSO_MODE_FALLBACK, status.mode);
	EXPECT_EQ(FASTVDSO_REASON_RECORDED, status.reason);
	EXPECT_EQ(EOPNOTSUPP, status.error);
	EXPECT_LT(0, fastvdso_now_ns(CLOCK_MONOTONIC));
}

TEST(every_reason_has_a_text)
{
	int reason;

	for (reason = 0; reason <= FASTVDSO_REASON_RECORDED; reason++)
		EXPECT_STRNE("unknown reason", fastvdso_strreason((enum fastvdso_reason)reason));
	EXPECT_STREQ("unknown reason", fastvdso_strreason((enum fastvdso_reason)999));
}

TEST(every_state_of_steering_has_a_text)
{
	int state, other;

	for (state = 0; state <= FASTVDSO_STEERING_ACTIVE; state++) {
		const char *text = fastvdso_strsteering((enum fastvdso_steering)state);

		EXPECT_STRNE("unknown state", text);
		for (other = 0; other < state; other++)
			EXPECT_STRNE(fastvdso_strsteering((enum fastvdso_steering)other), text);
	}
	EXPECT_STREQ("unknown state", fastvdso_strsteering((enum fastvdso_steering)7));
	EXPECT_STREQ("unknown state", fastvdso_strsteering((enum fastvdso_steering)-1));
}

TEST(each_state_of_cpu_time_has_a_description)
{
	int state, other;

	for (state = 0; state <= FASTVDSO_CPU_TIME_MEASURING; state++) {
		const char *text = fastvdso_strcputime((enum fastvdso_cpu_time)state);

		EXPECT_STRNE("unknown state", text);
		for (other = 0; other < state; other++)
			EXPECT_STRNE(fastvdso_strcputime((enum fastvdso_cpu_time)other), text);
	}
	EXPECT_STREQ("unknown state", fastvdso_strcputime((enum fastvdso_cpu_time)7));
}

TEST(each_end_of_steering_has_a_description)
{
	int end, other;

	for (end = 0; end <= FASTVDSO_END_HOST; end++) {
		const char *text = fastvdso_strend((enum fastvdso_steering_end)end);

		EXPECT_STRNE("unknown end", text);
		for (other = 0; other < end; other++)
			EXPECT_STRNE(fastvdso_strend((enum fastvdso_steering_end)other), text);
	}
	EXPECT_STREQ("unknown end", fastvdso_strend((enum fastvdso_steering_end)9));
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms += fastvdso_now_ns(CLOCK_MONOTONIC) > 0;
}

static void *open_and_close(void *unused)
{
	int i;

	for (i = 0; i < 2000; i++)
		if (!fastvdso_open())
			fastvdso_close();
	return unused;
}

TEST(calls_are_safe_during_open_in_signal_handlers_and_after_fork)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	pthread_t threads[2];
	int i, status;

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, open_and_close, NULL));
	for (i = 0; i < 20; i++) {
		pid_t child = fork();

		if (!child) {
			/* A lock held in the parent must not block the child. */
			alarm(5);
			signal(SIGALRM, SIG_DFL);
			if (!fastvdso_open())
				fastvdso_close();
			_exit(fastvdso_now_ns(CLOCK_MONOTONIC) > 0 ? 0 : 1);
		}
		while (waitpid(child, &status, 0) < 0)
			;
		EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < 1000 && !alarms; i++)
		usleep(1000);
	setitimer(ITIMER_REAL, &never, NULL);
	EXPECT_LT(0, alarms);
}

static void *open_until_cancelled(void *unused)
{
	for (;;) {
		if (!fastvdso_open())
			fastvdso_close();
		pthread_testcancel();
	}
	return unused;
}

TEST(a_cancelled_thread_releases_the_lock)
{
	struct fastvdso_status status;
	pthread_t thread;
	int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, open_until_cancelled, NULL));
		usleep(100);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		alarm(10);
		EXPECT_EQ(0, fastvdso_status(&status, sizeof(status)));
		alarm(0);
	}
}

TEST_HARNESS_MAIN
