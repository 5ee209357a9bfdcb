// SPDX-License-Identifier: GPL-2.0
/* Every call of the library returns what the system call returns. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "clocksource.h"
#include "forbid.h"
#include "kernel_ns.h"
#include "kselftest_harness.h"
#include "own_cpu.h"
#include "process.h"

/* The CPU time of this process by a number of its own, which only the system call knows. */
#define OWN_PROCESS	((clockid_t)(~0u << 3 | 2))

FIXTURE(clocks)
{
	struct fastvdso_status status;
};

FIXTURE_SETUP(clocks)
{
	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&self->status, sizeof(self->status)));
}

FIXTURE_TEARDOWN(clocks)
{
	fastvdso_close();
}

TEST_F(clocks, status_reports_the_mode_for_the_clocksource)
{
	const struct fastvdso_status *status = &self->status;

	EXPECT_NE(NULL, status->image);
	EXPECT_EQ(0, status->error);
	if (clock_mode_of(status->clocksource) != FASTVDSO_CLOCK_NONE) {
		EXPECT_EQ(FASTVDSO_MODE_EXACT, status->mode);
		EXPECT_EQ(FASTVDSO_REASON_NONE, status->reason);
	} else if (!status->bound_ns) {
		EXPECT_EQ(FASTVDSO_MODE_FALLBACK, status->mode);
		EXPECT_EQ(FASTVDSO_REASON_CLOCKSOURCE, status->reason);
	} else {
		/* Steering has started since it was opened. */
		EXPECT_EQ(FASTVDSO_MODE_STEERED, status->mode);
		EXPECT_EQ(FASTVDSO_REASON_NONE, status->reason);
	}
}

TEST_F(clocks, the_page_keeps_being_updated)
{
	struct fastvdso_status status = self->status;
	int64_t until = fastvdso_now_ns(CLOCK_MONOTONIC) + 10 * NS;

	/* Busy, so that this CPU keeps its tick. 10 s, because a host may preempt the machine. */
	while (status.updates - self->status.updates < 20 && fastvdso_now_ns(CLOCK_MONOTONIC) < until)
		ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	EXPECT_LE(20, status.updates - self->status.updates);
	EXPECT_LE(0, status.update_age_ns);
	EXPECT_GT(1000000000, status.update_age_ns);
}

TEST_F(clocks, every_clock_id_returns_what_the_system_call_returns)
{
	struct timespec ours, kernel;
	int id;

	for (id = -70; id < 70; id++) {
		int want = syscall(NR_timespec_gettime, id, &kernel) ? -errno : 0;

		EXPECT_EQ(want, fastvdso_clock_gettime(id, &ours)) TH_LOG("clock %d", id);
		if (!want)
			EXPECT_LE(llabs(kernel.tv_sec - ours.tv_sec), 1);
		want = syscall(NR_timespec_getres, id, &kernel) ? -errno : 0;
		ASSERT_EQ(want, fastvdso_clock_getres(id, &ours));
		if (!want) {
			EXPECT_EQ(kernel.tv_sec, ours.tv_sec);
			EXPECT_EQ(kernel.tv_nsec, ours.tv_nsec) TH_LOG("resolution of clock %d", id);
		}
	}
}

TEST_F(clocks, the_cpu_clock_of_another_process_comes_from_the_kernel)
{
	clockid_t id = (clockid_t)(~(unsigned int)getppid() << 3 | 2);
	struct timespec ours, kernel;

	ASSERT_EQ(0, fastvdso_clock_gettime(id, &ours));
	ASSERT_EQ(0, syscall(NR_timespec_gettime, id, &kernel));
	EXPECT_LE(ours.tv_sec, kernel.tv_sec);
	id = (clockid_t)(~4194303u << 3 | 2);
	EXPECT_EQ(-EINVAL, fastvdso_clock_gettime(id, &ours));
}

TEST_F(clocks, a_new_timezone_is_returned_at_once)
{
	struct { int minuteswest, dsttime; } set = { -345, 1 }, got = { 0, 0 }, zero = { 0, 0 };
	struct timeval tv;

	ASSERT_EQ(0, syscall(SYS_settimeofday, NULL, &set));
	ASSERT_EQ(0, fastvdso_gettimeofday(&tv, &got));
	EXPECT_EQ(-345, got.minuteswest);
	EXPECT_EQ(1, got.dsttime);
	EXPECT_LE(llabs(time(NULL) - tv.tv_sec), 1);
	ASSERT_EQ(0, syscall(SYS_settimeofday, NULL, &zero));
	ASSERT_EQ(0, fastvdso_gettimeofday(NULL, &got));
	EXPECT_EQ(0, got.minuteswest);
}

/* Newer architectures have no system call of that name. */
static long kernel_time(void)
{
#ifdef SYS_time
	return syscall(SYS_time, NULL);
#else
	struct timespec now;

	syscall(NR_timespec_gettime, CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec;
#endif
}

/* This call has no form with 64-bit seconds on 32-bit machines. */
static struct timeval kernel_timeofday(void)
{
	struct { long sec, usec; } tv;

	syscall(SYS_gettimeofday, &tv, NULL);
	return (struct timeval) { tv.sec, tv.usec };
}

TEST_F(clocks, gettimeofday_and_time_lie_between_two_system_calls)
{
	int i;

	for (i = 0; i < 100000; i++) {
		struct timeval before = kernel_timeofday(), ours, after;
		long first, middle, last;

		ASSERT_EQ(0, fastvdso_gettimeofday(&ours, NULL));
		after = kernel_timeofday();
		ASSERT_TRUE(!timercmp(&before, &ours, >) && !timercmp(&ours, &after, >));
		first = kernel_time();
		middle = fastvdso_time(NULL);
		last = kernel_time();
		ASSERT_TRUE(first <= middle && middle <= last);
	}
}

TEST_F(clocks, getcpu_agrees_with_the_kernel_on_every_cpu)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), i;

	for (i = 0; i < cpus; i++) {
		unsigned int cpu, node, kernel_cpu, kernel_node;

		ASSERT_EQ(0, pin_to_cpu((int)i));
		ASSERT_EQ(0, fastvdso_getcpu(&cpu, &node));
		syscall(SYS_getcpu, &kernel_cpu, &kernel_node, NULL);
		EXPECT_EQ(kernel_cpu, cpu);
		EXPECT_EQ(kernel_node, node);
	}
}

/* Without the system call, on the last CPU and on the first. Returns 0, or a bit for each call that is wrong. */
static int wrong_cpus(void)
{
	int cpus[2] = { (int)sysconf(_SC_NPROCESSORS_ONLN) - 1, 0 }, i, wrong = 0;
	struct fastvdso_snapshot snapshot;
	unsigned int cpu, node;

	/* The first call on a CPU may ask the kernel for its node. */
	for (i = 0; i < 2; i++) {
		pin_to_cpu(cpus[i]);
		fastvdso_getcpu(NULL, &node);
	}
	if (forbid(SYS_getcpu))
		return -1;
	for (i = 0; i < 2; i++) {
		pin_to_cpu(cpus[i]);
		if (fastvdso_getcpu(&cpu, &node) || (int)cpu != cpus[i] || node)
			wrong |= 1;
		memset(&snapshot, 0xff, sizeof(snapshot));
		if (fastvdso_snapshot(&snapshot) || (int)snapshot.cpu != cpus[i] || snapshot.node)
			wrong |= 2;
		if (fastvdso_getcpu(NULL, NULL))
			wrong |= 4;
	}
	return wrong;
}

static void *wrong_cpus_in_thread(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)wrong_cpus();
}

/* Whether a register or the rseq area of this thread has the CPU number. */
static int knows_its_cpu(void)
{
#ifdef FASTVDSO_RSEQ_CPU_H
	return fastvdso_rseq_cpu() >= 0;
#else
	return !has_foreign_tsc_aux();
#endif
}

TEST_F(clocks, getcpu_and_snapshots_need_no_system_call)
{
	pthread_t thread;
	void *wrong;

	if (!knows_its_cpu())
		SKIP(return, "neither a register nor glibc has the CPU number");
	ASSERT_EQ(0, pthread_create(&thread, NULL, wrong_cpus_in_thread, NULL));
	pthread_join(thread, &wrong);
	EXPECT_EQ(NULL, wrong);
	EXPECT_EQ(0, wrong_cpus());
}

/* In a program that glibc does not register. */
__attribute__((__constructor__)) static void compare_cpu(void)
{
	unsigned int cpu, node, kernel_cpu, kernel_node;
	struct fastvdso_snapshot snapshot;

	if (!getenv("COMPARE_CPU"))
		return;
	pin_to_cpu((int)sysconf(_SC_NPROCESSORS_ONLN) - 1);
	syscall(SYS_getcpu, &kernel_cpu, &kernel_node, NULL);
	if (fastvdso_open() || fastvdso_getcpu(&cpu, &node) || fastvdso_snapshot(&snapshot))
		_exit(1);
	if (cpu != kernel_cpu || node != kernel_node ||
	    snapshot.cpu != kernel_cpu || snapshot.node != kernel_node)
		_exit(2);
	_exit(forbid(SYS_getcpu) ? 3 : fastvdso_getcpu(&cpu, &node) ? 4 : 0);
}

TEST(getcpu_and_snapshots_are_right_without_rseq)
{
	int status;

	setenv("COMPARE_CPU", "1", 1);
	setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
	status = system("/proc/$PPID/exe");
	unsetenv("GLIBC_TUNABLES");
	unsetenv("COMPARE_CPU");
	/* Where no register holds the number, getcpu() then needs the system call. */
	EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4);
	TH_LOG("status %d", WEXITSTATUS(status));
}

TEST_F(clocks, a_bad_pointer_fails_as_in_the_stock_vdso)
{
	void *volatile bad = (void *)8;
	pid_t child = fork();

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		fastvdso_clock_gettime(CLOCK_REALTIME_COARSE, bad);
		_exit(0);
	}
	EXPECT_TRUE(is_sigsegv(wait_for_child(child)));
	EXPECT_EQ(-EFAULT, fastvdso_clock_gettime(OWN_PROCESS, bad));
}

TEST_HARNESS_MAIN
