// SPDX-License-Identifier: GPL-2.0
/*
 * Steered clocks, on a clocksource that user space cannot read: in order within a
 * thread wherever it runs, new after a step, with a small bound at rest, and only for
 * those who asked. That they stay within the bound is what every sandwich shows.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "sandwich.h"

static struct fastvdso_status status_now(void)
{
	struct fastvdso_status status;

	fastvdso_status(&status, sizeof(status));
	return status;
}

FIXTURE(steered)
{
	long cpus;
};

/* The counter is measured first: 20 ms when the machine has nothing else to do. */
FIXTURE_SETUP(steered)
{
	int i;

	self->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	if (status_now().mode == FASTVDSO_MODE_EXACT)
		SKIP(return, "user space can read this clocksource");
	for (i = 0; i < 10000 && status_now().mode != FASTVDSO_MODE_STEERED; i++)
		usleep(1000);
	TH_LOG("steered after %d ms", i);
	ASSERT_EQ(FASTVDSO_MODE_STEERED, status_now().mode);
	share();
}

FIXTURE_TEARDOWN(steered)
{
	fastvdso_close();
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void slew_forever(void)
{
	struct timex tx = { .modes = ADJ_FREQUENCY };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		tx.freq = (random() % 1001 - 500) * 65536;
		adjtimex(&tx);
		usleep(5000);
	}
}

TEST_F_TIMEOUT(steered, it_never_goes_back_within_a_thread_that_moves, 600)
{
	static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME };
	const char *wanted = getenv("STEERED_READS");
	unsigned long reads = wanted ? strtoul(wanted, NULL, 10) : 3000000, i, back = 0, moves = 0;
	int64_t last[3] = { 0 };
	struct timex tx = { .modes = ADJ_FREQUENCY };
	pid_t pid = fork();

	if (!pid)
		slew_forever();
	for (i = 0; i < reads; i++) {
		unsigned long which = i % 3;
		int64_t now = fastvdso_now_ns(ids[which]);

		back += now < last[which];
		last[which] = now;
		/* Every hundred reads, to the next CPU, in the middle of everything. */
		if (i % 100 == 99) {
			run_on((int)(++moves % (unsigned long)self->cpus));
			for (which = 0; which < 3; which++) {
				now = fastvdso_now_ns(ids[which]);
				back += now < last[which];
				last[which] = now;
			}
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	adjtimex(&tx);
	TH_LOG("%lu reads, %lu moves, %lu times back; unsteady %u times", reads + 3 * moves, moves,
	       back, status_now().losses);
	EXPECT_EQ(0, back);
}

TEST_F(steered, the_next_read_after_a_step_is_new)
{
	int64_t offset = 3600 * NS, before, after;
	struct timespec ts;
	int i;

	for (i = 0; i < 200; i++, offset = -offset) {
		before = fastvdso_now_ns(CLOCK_REALTIME);
		ts.tv_sec = (before + offset) / NS;
		ts.tv_nsec = (before + offset) % NS;
		ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &ts));
		after = fastvdso_now_ns(CLOCK_REALTIME);
		ASSERT_GT(NS, llabs(after - before - offset));
	}
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum { SAMPLES = 1000 };

/* Bounds, read at odd moments, in order. */
static void sample(uint64_t bounds[SAMPLES])
{
	int i;

	for (i = 0; i < SAMPLES; i++) {
		usleep(1000 + (useconds_t)(random() % 1000));
		fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bounds[i]);
	}
	qsort(bounds, SAMPLES, sizeof(bounds[0]), ascending);
	printf("# bound: median %llu ns, 99 in 100 below %llu, most %llu\n",
	       (unsigned long long)bounds[SAMPLES / 2], (unsigned long long)bounds[SAMPLES * 99 / 100],
	       (unsigned long long)bounds[SAMPLES - 1]);
}

TEST_F(steered, the_bound_is_small_at_rest)
{
	/* A debug kernel takes ten times as long to read its clock. */
	int is_debug = !access("/sys/kernel/debug/kmemleak", F_OK) ||
		       !access("/sys/kernel/debug/kcsan", F_OK);
	uint64_t bounds[SAMPLES];

	sample(bounds);
	EXPECT_LT(0, bounds[SAMPLES / 4]);
	EXPECT_GT(is_debug ? 50000 : 5000, bounds[SAMPLES / 2]);
}

/* Two for each CPU that do nothing but run. It is then as large as it may be, at most. */
TEST_F_TIMEOUT(steered, the_bound_is_bounded_while_every_cpu_is_busy, 120)
{
	long i, count = 2 * self->cpus;
	uint64_t bounds[SAMPLES];
	pid_t pids[count];

	for (i = 0; i < count; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				;
		}
	}
	sample(bounds);
	for (i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	EXPECT_GT(100000, bounds[SAMPLES - 1]);
}

/* The least that clock_gettime() takes with a system call before and after, of many. */
static int64_t cost(int must_be_exact)
{
	int64_t least = NS, before, between, after;
	struct timespec ts;
	int i;

	for (i = 0; i < 20000; i++) {
		before = kernel_ns(CLOCK_MONOTONIC);
		fastvdso_clock_gettime(CLOCK_MONOTONIC, &ts);
		after = kernel_ns(CLOCK_MONOTONIC);
		between = ts.tv_sec * NS + ts.tv_nsec;
		if (must_be_exact && (between < before || after < between))
			return -1;
		if (after - before < least)
			least = after - before;
	}
	return least;
}

TEST_F(steered, only_our_own_calls_are_steered_unless_asked)
{
	int64_t asked, not_asked;

	EXPECT_EQ(FASTVDSO_STEERED, status_now().flags);
	asked = cost(0);
	fastvdso_close();
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_EQ(0, status_now().flags);
	not_asked = cost(1);
	TH_LOG("clock_gettime, with a system call around it: steered %lld ns, not steered %lld ns",
	       (long long)asked, (long long)not_asked);
	EXPECT_LT(0, not_asked);
	EXPECT_LT(asked, not_asked);
}

static uint32_t steering(int fd)
{
	struct fastvdso_info info;

	return ioctl(fd, FASTVDSO_IOC_INFO, &info) ? FASTVDSO_STEERING_NONE : info.steering;
}

TEST_F(steered, the_timer_runs_only_while_somebody_has_it_mapped)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), i;
	uint32_t pairings, a_second;

	EXPECT_EQ(FASTVDSO_STEERING_ACTIVE, steering(fd));
	pairings = status_now().pairings;
	usleep(1000000);
	a_second = status_now().pairings - pairings;
	EXPECT_LT(0, a_second);
	pairings += a_second;
	fastvdso_close();
	/* It lingers for a second. */
	for (i = 0; i < 500 && steering(fd) != FASTVDSO_STEERING_IDLE; i++)
		usleep(10000);
	EXPECT_EQ(FASTVDSO_STEERING_IDLE, steering(fd));
	TH_LOG("%u times a second; idle %d ms after the last mapping went", a_second, i * 10);
	usleep(4000000);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	/* As many while it lingered, and none in the four seconds since. */
	EXPECT_GT(pairings + 3 * a_second + 10, status_now().pairings);
	close(fd);
}

TEST_F(steered, a_child_has_it_mapped_too)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), status;
	pid_t pid = fork();

	if (!pid) {
		usleep(2500000);
		_exit(steering(fd) == FASTVDSO_STEERING_ACTIVE ? 0 : 1);
	}
	fastvdso_close();
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
}

TEST_HARNESS_MAIN
