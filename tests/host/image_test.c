// SPDX-License-Identifier: GPL-2.0
/*
 * The built image, run on this machine with the CPU's own counter and pages that the test fills.
 */
#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "image.h"
#include "kselftest_harness.h"
#include "mapped_image.h"

static const __u8 rdtscp[] = FASTVDSO_RDTSCP, mfence_rdtsc[] = FASTVDSO_MFENCE_RDTSC,
		   rdpid_rax[] = FASTVDSO_RDPID_RAX;

static void patch(void *code, const char *with)
{
	const unsigned long start = FASTVDSO_IMAGE_PATCH_START, end = FASTVDSO_IMAGE_PATCH_END;

	if (!strcmp(with, "rdtscp")) {
		fastvdso_patch(code, start, end, FASTVDSO_PATCH_COUNTER, rdtscp, sizeof(rdtscp));
		fastvdso_patch(code, start, end, FASTVDSO_PATCH_COUNTER_CPUNODE, rdtscp, sizeof(rdtscp));
	} else if (!strcmp(with, "sse2")) {
		fastvdso_patch(code, start, end, FASTVDSO_PATCH_COUNTER, mfence_rdtsc,
			       sizeof(mfence_rdtsc));
		fastvdso_patch(code, start, end, FASTVDSO_PATCH_COUNTER_CPUNODE, mfence_rdtsc,
			       sizeof(mfence_rdtsc));
	} else if (!strcmp(with, "rdpid")) {
		fastvdso_patch(code, start, end, FASTVDSO_PATCH_CPUNODE, rdpid_rax, sizeof(rdpid_rax));
	}
}

FIXTURE(image)
{
	struct fastvdso_update update;
};

/* As built, and with each instruction that the module may patch in, by the CPU flag that it needs. */
FIXTURE_VARIANT(image)
{
	const char *flag;
};

FIXTURE_VARIANT_ADD(image, as_built) { .flag = "" };
FIXTURE_VARIANT_ADD(image, rdtscp) { .flag = "rdtscp" };
FIXTURE_VARIANT_ADD(image, mfence) { .flag = "sse2" };
FIXTURE_VARIANT_ADD(image, rdpid) { .flag = "rdpid" };

FIXTURE_SETUP(image)
{
	struct fastvdso_update *update = &self->update;
	void *code = map_image();

	ASSERT_NE(NULL, code);
	if (*variant->flag && !cpu_has(variant->flag))
		SKIP(return, "this CPU has no %s", variant->flag);
	patch(code, variant->flag);
	ASSERT_EQ(0, seal_image(code));
	fill_update(update, FASTVDSO_CLOCK_COUNTER, fastvdso_arch_counter());
	page->hrtimer_res = 1;
	page->coarse_res = 4000000;
	fastvdso_latch_write(page, update, 1);
	fill_namespace();
}

FIXTURE_TEARDOWN(image)
{
}

static int64_t by_reader(int32_t id)
{
	struct fastvdso_reading now;

	const struct fastvdso_source source = { .page = page, .mode = FASTVDSO_CLOCK_COUNTER };

	return fastvdso_read_clock(&source, ns, id, &now, NULL) ? fastvdso_reading_to_nsec(&now) : -1;
}

TEST_F(image, every_clock_lies_between_two_reads_by_the_reader)
{
	static const int32_t ids[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
				       CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_REALTIME_COARSE,
				       CLOCK_MONOTONIC_COARSE };
	int round;
	size_t i;

	for (round = 0; round < 100000; round++) {
		for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			int64_t before = by_reader(ids[i]), first, second;
			struct timespec ts;

			first = image.now_ns(ids[i]);
			ASSERT_EQ(0, image.clock_gettime(ids[i], &ts));
			ASSERT_TRUE(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
			second = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
			ASSERT_LE(before, first);
			ASSERT_LE(first, second);
			ASSERT_LE(second, by_reader(ids[i]));
		}
	}
}

TEST_F(image, an_unreadable_clocksource_falls_back_to_the_system_call)
{
	struct timespec ts, kernel;
	struct timeval tv;

	self->update.hres.clock.clock_mode = self->update.raw.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	fastvdso_latch_write(page, &self->update, 0);
	ASSERT_EQ(0, image.clock_gettime(CLOCK_REALTIME, &ts));
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &kernel);
	EXPECT_LE(labs(kernel.tv_sec - ts.tv_sec), 1);
	ASSERT_EQ(0, image.gettimeofday(&tv, NULL));
	EXPECT_LE(labs(kernel.tv_sec - tv.tv_sec), 1);
	EXPECT_LE(labs(kernel.tv_sec - image.now_ns(CLOCK_REALTIME) / 1000000000), 1);
	ASSERT_EQ(0, image.clock_gettime(CLOCK_REALTIME_COARSE, &ts));
	EXPECT_EQ(1000, ts.tv_sec);
}

TEST_F(image, other_clocks_return_what_the_system_call_returns)
{
	static const int32_t ids[] = { 2, 3, 8, 9, 10, 12, 13, 15, 16, 23, 31, 32, 33, 63, 1000,
				       0x7fffffff, -1, -2, -3, -6, -7, -1000,
				       (int32_t)0x80000000 };
	struct timespec ours, kernel;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		long want = syscall(SYS_clock_gettime, ids[i], &kernel) ? -errno : 0;

		EXPECT_EQ(want, image.clock_gettime(ids[i], &ours));
		if (want)
			EXPECT_EQ(want, image.now_ns(ids[i]));
		want = syscall(SYS_clock_getres, ids[i], &kernel) ? -errno : 0;
		EXPECT_EQ(want, image.clock_getres(ids[i], &ours));
	}
	EXPECT_EQ(-EFAULT, image.clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (void *)8));
}

TEST_F(image, getres_time_and_gettimeofday_read_the_page)
{
	struct timespec res;
	struct timeval tv;
	time_t t;

	EXPECT_EQ(0, image.clock_getres(CLOCK_TAI, &res));
	EXPECT_EQ(1, res.tv_nsec);
	EXPECT_EQ(0, image.clock_getres(CLOCK_MONOTONIC_COARSE, &res));
	EXPECT_EQ(4000000, res.tv_nsec);
	EXPECT_EQ(0, res.tv_sec);
	EXPECT_EQ(0, image.clock_getres(CLOCK_MONOTONIC, NULL));
	EXPECT_EQ(1000, image.time(&t));
	EXPECT_EQ(1000, t);
	EXPECT_EQ(1000, image.time(NULL));
	EXPECT_EQ(0, image.gettimeofday(&tv, NULL));
	EXPECT_LE(1000, tv.tv_sec);
	EXPECT_TRUE(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	EXPECT_EQ(0, image.gettimeofday(NULL, NULL));
}

TEST_F(image, getcpu_returns_the_current_cpu)
{
	unsigned int cpu, node, kernel_cpu, kernel_node;
	cpu_set_t set;
	int i;

	for (i = 0; i < 2; i++) {
		CPU_ZERO(&set);
		CPU_SET((unsigned int)i, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			continue;
		ASSERT_EQ(0, image.getcpu(&cpu, &node, NULL));
		syscall(SYS_getcpu, &kernel_cpu, &kernel_node, NULL);
		EXPECT_EQ(kernel_cpu, cpu);
		EXPECT_EQ(kernel_node, node);
	}
}

/* The exit status of a child that makes a call with a bad pointer. */
static int signal_of(int call)
{
	void *volatile bad = (void *)8;
	int status;
	pid_t child = fork();

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		if (call == 0)
			image.clock_gettime(CLOCK_MONOTONIC, bad);
		else if (call == 1)
			image.gettimeofday(bad, NULL);
		else if (call == 2)
			image.time(bad);
		else if (call == 3)
			image.clock_getres(CLOCK_MONOTONIC, bad);
		else
			image.getcpu(bad, NULL, NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST_F(image, a_bad_pointer_faults)
{
	int call;

	for (call = 0; call < 5; call++)
		EXPECT_EQ(SIGSEGV, signal_of(call));
}

TEST_HARNESS_MAIN
