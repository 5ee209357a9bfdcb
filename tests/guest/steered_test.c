// SPDX-License-Identifier: GPL-2.0
/*
 * Steered clocks, on a clocksource that user space cannot read. Bracketed reads in other
 * tests check that they stay within the bound.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "clocksource.h"
#include "event.h"
#include "machine.h"

FIXTURE(steered)
{
	long cpus;
};

/* The module measures the counter first, which takes 20 ms on an idle machine. */
FIXTURE_SETUP(steered)
{
	int ms;

	self->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	if (status_now().mode == FASTVDSO_MODE_EXACT)
		SKIP(return, "user space can read this clocksource");
	if (never_steers()) {
		EXPECT_EQ(FASTVDSO_STEERING_UNSUPPORTED, status_now().steering);
		SKIP(return, "nothing is steered here");
	}
	ms = wait_for_mode(FASTVDSO_MODE_STEERED, 10);
	TH_LOG("steered after %d ms", ms);
	ASSERT_LE(0, ms);
	map_shared();
}

FIXTURE_TEARDOWN(steered)
{
	fastvdso_close();
}

static void slew_forever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		adjust(ADJ_FREQUENCY, (random() % 1001 - 500) * 65536);
		usleep(5000);
	}
}

TEST_F_TIMEOUT(steered, time_never_goes_backwards_in_a_migrating_thread, 600)
{
	static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME };
	const char *wanted = getenv("STEERED_READS");
	unsigned long reads = wanted ? strtoul(wanted, NULL, 10) : 3000000, i, back = 0, moves = 0;
	int64_t last[3] = { 0 };
	pid_t pid = fork();

	if (!pid)
		slew_forever();
	for (i = 0; i < reads; i++) {
		unsigned long which = i % 3;
		int64_t now = fastvdso_now_ns(ids[which]);

		back += now < last[which];
		last[which] = now;
		/* Migrate to the next CPU every hundred reads. */
		if (i % 100 == 99) {
			pin_to_cpu((int)(++moves % (unsigned long)self->cpus));
			for (which = 0; which < 3; which++) {
				now = fastvdso_now_ns(ids[which]);
				back += now < last[which];
				last[which] = now;
			}
		}
	}
	kill_child(pid);
	reset_adjustments();
	TH_LOG("%lu reads, %lu moves, %lu times backwards, %u losses of steering", reads + 3 * moves, moves,
	       back, status_now().losses);
	EXPECT_EQ(0, back);
}

TEST_F(steered, the_first_read_after_a_step_is_stepped)
{
	int64_t offset = 3600 * NS, before, after;
	int i;

	for (i = 0; i < 200; i++, offset = -offset) {
		before = fastvdso_now_ns(CLOCK_REALTIME);
		ASSERT_EQ(0, set_realtime(before + offset));
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

/* Read the bound at random intervals, and sort. */
static void sample_bounds(uint64_t bounds[SAMPLES])
{
	int i;

	for (i = 0; i < SAMPLES; i++) {
		usleep(1000 + (useconds_t)(random() % 1000));
		fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bounds[i]);
	}
	qsort(bounds, SAMPLES, sizeof(bounds[0]), ascending);
	printf("# bound: median %llu ns, 99th percentile %llu, maximum %llu\n",
	       (unsigned long long)bounds[SAMPLES / 2], (unsigned long long)bounds[SAMPLES * 99 / 100],
	       (unsigned long long)bounds[SAMPLES - 1]);
}

TEST_F(steered, the_bound_is_small_on_an_idle_machine)
{
	uint64_t bounds[SAMPLES];
	struct utsname uts;
	int is_debug;

	/* A kernel of tests/harness/qemu/debug-kernel takes ten times as long to read its clock. */
	ASSERT_EQ(0, uname(&uts));
	is_debug = strstr(uts.release, "-dbg") != NULL;
	sample_bounds(bounds);
	EXPECT_LT(0, bounds[SAMPLES / 4]);
	EXPECT_GT(is_debug ? 50000 : 5000, bounds[SAMPLES / 2]);
}

/* With two busy processes on each CPU. */
TEST_F_TIMEOUT(steered, the_bound_is_limited_while_every_cpu_is_busy, 120)
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
	sample_bounds(bounds);
	for (i = 0; i < count; i++)
		kill_child(pids[i]);
	EXPECT_GT(100000, bounds[SAMPLES - 1]);
}

/* The shortest of many bracketed calls of clock_gettime(); -1 if one was wrong. */
static int64_t measure_gettime(int must_be_exact)
{
	int64_t least = NS, before, between, after;
	struct timespec ts;
	int i;

	for (i = 0; i < 20000; i++) {
		before = kernel_ns(CLOCK_MONOTONIC);
		fastvdso_clock_gettime(CLOCK_MONOTONIC, &ts);
		after = kernel_ns(CLOCK_MONOTONIC);
		between = timespec_ns(ts);
		if (must_be_exact && (between < before || after < between))
			return -1;
		if (after - before < least)
			least = after - before;
	}
	return least;
}

TEST_F(steered, clock_gettime_is_steered_only_on_request)
{
	int64_t asked, not_asked;

	EXPECT_EQ(FASTVDSO_STEERED, status_now().flags);
	asked = measure_gettime(0);
	fastvdso_close();
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_EQ(0, status_now().flags);
	not_asked = measure_gettime(1);
	TH_LOG("clock_gettime between two system calls: steered %lld ns, not steered %lld ns",
	       (long long)asked, (long long)not_asked);
	EXPECT_LT(0, not_asked);
	EXPECT_LT(asked, not_asked);
}

static uint32_t steering_state(int fd)
{
	struct fastvdso_info info;

	return ioctl(fd, FASTVDSO_IOC_INFO, &info) ? FASTVDSO_STEERING_NONE : info.steering;
}

/* Sleep for @ms in short naps. Each wakes the CPU, so that the kernel updates its clocks. */
static void sleep_in_naps(int ms)
{
	while ((ms -= 10) >= 0)
		usleep(10000);
}

TEST_F(steered, pairs_are_made_only_while_the_pages_are_mapped)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), i;
	uint32_t pairings, per_second;

	EXPECT_EQ(FASTVDSO_STEERING_ACTIVE, steering_state(fd));
	pairings = status_now().pairings;
	sleep_in_naps(1000);
	per_second = status_now().pairings - pairings;
	EXPECT_LT(0, per_second);
	pairings += per_second;
	fastvdso_close();
	/* Steering stops a second after the last mapping is gone. */
	for (i = 0; i < 500 && steering_state(fd) != FASTVDSO_STEERING_IDLE; i++)
		sleep_in_naps(10);
	EXPECT_EQ(FASTVDSO_STEERING_IDLE, steering_state(fd));
	TH_LOG("%u times a second, idle %d ms after the last mapping was gone", per_second, i * 10);
	sleep_in_naps(4000);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	/* No pairs in the four seconds since. */
	EXPECT_GT(pairings + 3 * per_second, status_now().pairings);
	close(fd);
}

/* The next program starts with steered clocks, also if the module had something to do meanwhile. */
TEST_F_TIMEOUT(steered, steering_goes_on_for_a_second_after_the_last_mapping_whatever_happens, 60)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), i;
	const char *other;
	char home[32];

	ASSERT_EQ(0, read_line(CLOCKSOURCES "current_clocksource", home, sizeof(home)));
	other = strcmp(home, "acpi_pm") ? "acpi_pm" : "hpet";
	if (!is_available(other))
		SKIP(return, "there is no other clocksource");
	fastvdso_close();
	ASSERT_EQ(0, write_file(CLOCKSOURCES "current_clocksource", other));
	for (i = 0; i < 50 && steering_state(fd) != FASTVDSO_STEERING_IDLE; i++)
		sleep_in_naps(10);
	EXPECT_EQ(50, i);
	ASSERT_EQ(0, write_file(CLOCKSOURCES "current_clocksource", home));
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	close(fd);
}

/* Each line begins ahead of the kernel's clock. Five of them, with 10^6 pairs in all. */
TEST_F_TIMEOUT(steered, a_system_call_is_behind_an_earlier_reading_only_in_the_first_10_ms_of_a_line, 120)
{
	unsigned long behind = 0, late = 0, pairs = 0, i;
	int64_t began = 0, last = 0, ahead = 0, reading, kernel;
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), line;
	uint64_t bound;

	for (line = 0; line < 5; line++) {
		fastvdso_close();
		while (steering_state(fd) != FASTVDSO_STEERING_IDLE)
			usleep(10000);
		ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
		for (i = 0; i < 200000; i += bound > 0) {
			reading = fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bound);
			kernel = kernel_ns(CLOCK_MONOTONIC);
			if (!bound || !i)
				began = kernel;
			if (!bound || kernel >= reading)
				continue;
			behind++;
			late += kernel - began > 10000000;
			last = kernel - began > last ? kernel - began : last;
			ahead = reading - kernel > ahead ? reading - kernel : ahead;
		}
		pairs += i;
	}
	TH_LOG("%lu of %lu system calls behind, by at most %lld ns, in the first %lld us", behind, pairs,
	       (long long)ahead, (long long)last / 1000);
	EXPECT_EQ(0, late);
	close(fd);
}

TEST_F(steered, an_inherited_mapping_keeps_steering_active)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY);
	pid_t pid = fork();

	if (!pid) {
		usleep(2500000);
		_exit(steering_state(fd) == FASTVDSO_STEERING_ACTIVE ? 0 : 1);
	}
	fastvdso_close();
	EXPECT_EQ(0, wait_for_child(pid));
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
}

static int wait_for_steering(uint32_t steering)
{
	int i;

	for (i = 0; i < 200 && status_now().steering != steering; i++)
		wait_ms(100);
	return status_now().steering == steering ? 0 : -1;
}

/* On a host whose clocksource is not tsc nothing is steered: its guests have a kvm-clock that is not stable. */
TEST_F_TIMEOUT(event, clocks_are_steered_while_kvm_clock_is_stable, 120)
{
	const char *host = getenv("FASTVDSO_HOST");

	if (!host || strcmp(host, "kvm-unstable"))
		SKIP(return, "the host's clocksource is tsc, or it is no KVM");
	EXPECT_EQ(FASTVDSO_STEERING_UNSUPPORTED, status_now().steering);
	ASSERT_EQ(0, tell_host("clocksource tsc"));
	EXPECT_EQ(0, wait_for_steering(FASTVDSO_STEERING_ACTIVE));
	wait_ms(1000);
	/* The kernel's own clock may jump with it, and that is noticed in the next update of the page. */
	__atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
	ASSERT_EQ(0, tell_host("clocksource hpet"));
	EXPECT_EQ(0, wait_for_steering(FASTVDSO_STEERING_UNSUPPORTED));
	EXPECT_EQ(FASTVDSO_MODE_FALLBACK, status_now().mode);
	EXPECT_EQ(FASTVDSO_END_HOST, status_now().steering_end);
}

TEST_HARNESS_MAIN
