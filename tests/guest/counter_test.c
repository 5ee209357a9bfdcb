// SPDX-License-Identifier: GPL-2.0
/*
 * The TSC of one CPU is changed while clocks are steered, as a hypervisor or firmware may do. The
 * emulator does it: see tests/harness/qemu/add-tsc. Readings on that CPU may be wrong until it is
 * compared with the others. Readings on other CPUs may not.
 */
#define _GNU_SOURCE
#include <x86intrin.h>

#include "event.h"
#include "machine.h"

#define PROBE	"/lib/modules/fastvdso_probe.ko"
#define MARKS	"/sys/module/fastvdso_probe/parameters/marks"

/*
 * For how long readings on the CPU may be wrong. It is compared each 100 ms, by a worker that has
 * to get the CPU, and the next update takes it into account. If something interrupts the comparison,
 * as the host does here now and then, it takes another 100 ms.
 */
#define WINDOW_MS	250

#define DRIFT_STEP	20000	/* ns */

static double cycles_per_ns;
static unsigned long marks[2];		/* of the CPUs, for add-tsc */

/* This CPU's TSC and MONOTONIC_RAW at once, by the quickest of some tries. */
struct point {
	uint64_t tsc;
	int64_t raw;
};

static struct point take_point(void)
{
	struct point best = { 0 };
	int64_t took = INT64_MAX;
	int i;

	for (i = 0; i < 50; i++) {
		int64_t before = kernel_ns(CLOCK_MONOTONIC_RAW), after;
		uint64_t tsc = __rdtsc();

		after = kernel_ns(CLOCK_MONOTONIC_RAW);
		if (after - before < took) {
			took = after - before;
			best = (struct point){ tsc, before };
		}
	}
	return best;
}

static void measure_rate(void)
{
	struct point from = take_point(), to;

	wait_ms(500);
	to = take_point();
	cycles_per_ns = (double)(to.tsc - from.tsc) / (double)(to.raw - from.raw);
}

/* How far this CPU's TSC is ahead of where it was expected after @from. */
static int64_t tsc_moved_ns(const struct point *from)
{
	struct point now = take_point();

	return (int64_t)((double)(int64_t)(now.tsc - from->tsc) / cycles_per_ns) - (now.raw - from->raw);
}

static int add_to_tsc(int cpu, int64_t ns)
{
	char order[96];

	snprintf(order, sizeof(order), "tsc %lu %lld", marks[cpu], (long long)((double)ns * cycles_per_ns));
	return tell_host(order);
}

/* Wait until this process is steered on a CPU. */
static int wait_until_steered(int cpu)
{
	return pin_to_cpu(cpu) ? -1 : wait_for_mode(FASTVDSO_MODE_STEERED, 20);
}

static int can_change_counters(long cpus)
{
	struct fastvdso_status status = status_now();
	const char *host = getenv("FASTVDSO_HOST");

	return status.mode != FASTVDSO_MODE_EXACT && status.steering != FASTVDSO_STEERING_FORBIDDEN &&
	       cpus == 2 && host && !strcmp(host, "bare");
}

/* Find the CPUs in the emulator. It sets their TSCs back. */
static int find_cpus(void)
{
	char line[64];

	if (!access(MARKS, R_OK) && system("rmmod fastvdso_probe"))
		return -1;
	if (system("insmod " PROBE " mark_cpus=1") || read_line(MARKS, line, sizeof(line)) ||
	    sscanf(line, "%lu,%lu", &marks[0], &marks[1]) != 2)
		return -1;
	measure_rate();
	return 0;
}

/* Change the TSC of the CPU that this process is on, and wait until it has moved. Returns 0 then. */
static int move_tsc(int cpu, int64_t ns)
{
	struct point before = take_point();
	int64_t moved = 0;
	int i;

	if (add_to_tsc(cpu, ns))
		return -1;
	/* The host looks for the CPU first. */
	for (i = 0; i < 5000 && llabs(moved) < llabs(ns) / 2; i++) {
		wait_ms(1);
		moved = tsc_moved_ns(&before);
	}
	return llabs(moved - ns) < llabs(ns) / 2 ? 0 : -1;
}

static void allow_wrong_readings_until(int64_t raw)
{
	__atomic_store_n(&shared->jumped_until, raw, __ATOMIC_SEQ_CST);
}

static int jump(int cpu, int64_t ns)
{
	int ret;

	shared->jumped_cpu = cpu;
	allow_wrong_readings_until(INT64_MAX);
	ret = move_tsc(cpu, ns);
	allow_wrong_readings_until(kernel_ns(CLOCK_MONOTONIC_RAW) + WINDOW_MS * 1000000ll);
	return ret;
}

TEST_F_TIMEOUT(event, readings_are_right_after_the_counter_of_one_cpu_jumped, 300)
{
	static const int64_t jumps[] = { 10000000, -10000000, 500000000, -500000000 };
	size_t i;

	if (!can_change_counters(self->cpus))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, find_cpus());
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		int cpu = (int)(i / 2), ms;
		struct reader *reader = &self->readers[cpu];
		int64_t jumped;

		ASSERT_LE(0, wait_until_steered(!cpu));
		ASSERT_LE(0, wait_until_steered(cpu));
		reader->wrong_at = 0;
		ASSERT_EQ(0, jump(cpu, jumps[i]));
		jumped = __atomic_load_n(&shared->jumped_until, __ATOMIC_SEQ_CST) - WINDOW_MS * 1000000ll;
		wait_ms(2 * WINDOW_MS);
		ms = wait_until_steered(cpu);
		TH_LOG("TSC of CPU %d moved by %lld ms: wrong there for %lld ms, steered again after %d ms, %u losses",
		       cpu, (long long)jumps[i] / 1000000,
		       reader->wrong_at ? (long long)(reader->wrong_at - jumped) / 1000000 : 0,
		       ms + 2 * WINDOW_MS, status_now().losses);
		ASSERT_LE(0, ms);
		wait_ms(500);
	}
}

/* The TSC of CPU 1 gains time in steps, as fast as the host can. The readers of CPU 0 do not notice. */
TEST_F_TIMEOUT(event, readings_are_right_while_the_counter_of_one_cpu_drifts, 120)
{
	unsigned int losses, i, lost = 0;
	int64_t begin;

	if (!can_change_counters(self->cpus))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	ASSERT_EQ(0, pin_to_cpu(1));
	ASSERT_EQ(0, find_cpus());
	ASSERT_LE(0, wait_until_steered(1));
	losses = status_now().losses;
	begin = kernel_ns(CLOCK_MONOTONIC);
	shared->jumped_cpu = 1;
	allow_wrong_readings_until(INT64_MAX);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, move_tsc(1, DRIFT_STEP));
		wait_ms(100);
		lost += status_now().mode == FASTVDSO_MODE_FALLBACK;
	}
	TH_LOG("%lld ppm: system calls on that CPU after %u of %u steps, %u losses",
	       (long long)(i * DRIFT_STEP * 1000000ll / (kernel_ns(CLOCK_MONOTONIC) - begin)), lost, i,
	       status_now().losses - losses);
	allow_wrong_readings_until(kernel_ns(CLOCK_MONOTONIC_RAW) + WINDOW_MS * 1000000ll);
	EXPECT_LT(losses, status_now().losses);
	EXPECT_LT(i / 2, lost);
	wait_ms(1000);
}

/* A CPU that is reset as it comes online loses what was added to its TSC. */
TEST_F_TIMEOUT(event, readings_are_right_when_a_cpu_comes_online_with_another_counter, 120)
{
	static const int64_t jumps[] = { 500000000, -500000000 };
	size_t i;

	if (!can_change_counters(self->cpus) || access(CPU1, W_OK))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct point before;
		int64_t moved;
		int ms;

		ASSERT_EQ(0, pin_to_cpu(1));
		ASSERT_EQ(0, find_cpus());
		ASSERT_EQ(0, jump(1, jumps[i]));
		wait_ms(2 * WINDOW_MS);
		ASSERT_LE(0, wait_until_steered(1));
		before = take_point();
		ASSERT_EQ(0, write_file(CPU1, "0"));
		wait_ms(100);
		ASSERT_EQ(0, write_file(CPU1, "1"));
		ASSERT_EQ(0, pin_reader(&self->readers[1]));
		ms = wait_until_steered(1);
		moved = tsc_moved_ns(&before);
		TH_LOG("CPU 1 came online with its TSC moved by %lld ms, steered after %d ms",
		       (long long)moved / 1000000, ms);
		EXPECT_GT(llabs(jumps[i]) / 10, llabs(moved + jumps[i]));
		ASSERT_LE(0, ms);
		wait_ms(1000);
	}
}

TEST_HARNESS_MAIN
