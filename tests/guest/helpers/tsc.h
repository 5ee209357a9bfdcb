/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Change the TSC of one CPU, as a hypervisor or firmware may do, by tests/harness/qemu/add-tsc.
 * Readings on that CPU may be wrong until it is compared with the others.
 */
#ifndef FASTVDSO_TSC_H
#define FASTVDSO_TSC_H

#include <x86intrin.h>

#include "machine.h"

#define PROBE	"/lib/modules/fastvdso_probe.ko"
#define MARKS	"/sys/module/fastvdso_probe/parameters/marks"

/*
 * For how long readings on the CPU may be wrong. It is compared each 100 ms, by a worker that has
 * to get the CPU, and the next update takes it into account. If something interrupts the comparison,
 * as the host does here now and then, it takes another 100 ms.
 */
#define WINDOW_MS	250

static double cycles_per_ns;
static unsigned long marks[2];		/* of the CPUs, for add-tsc */

/* This CPU's TSC and MONOTONIC_RAW at once, by the quickest of some tries. */
struct point {
	uint64_t tsc;
	int64_t raw;
};

static inline struct point take_point(void)
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

static inline void measure_rate(void)
{
	struct point from = take_point(), to;

	usleep(500000);
	to = take_point();
	cycles_per_ns = (double)(to.tsc - from.tsc) / (double)(to.raw - from.raw);
}

/* How far this CPU's TSC is ahead of where it was expected after @from. */
static inline int64_t tsc_moved_ns(const struct point *from)
{
	struct point now = take_point();

	return (int64_t)((double)(int64_t)(now.tsc - from->tsc) / cycles_per_ns) - (now.raw - from->raw);
}

static inline int add_to_tsc(int cpu, int64_t ns)
{
	char order[96];

	snprintf(order, sizeof(order), "tsc %lu %lld", marks[cpu], (long long)((double)ns * cycles_per_ns));
	return tell_host(order);
}

static inline int can_change_tsc(long cpus)
{
	struct fastvdso_status status = status_now();
	const char *host = getenv("FASTVDSO_HOST");

	return status.mode != FASTVDSO_MODE_EXACT && status.steering != FASTVDSO_STEERING_FORBIDDEN &&
	       cpus == 2 && host && !strcmp(host, "bare");
}

/* Find the CPUs in the emulator. It sets their TSCs back. */
static inline int find_cpus(void)
{
	char line[64];
	int ret;

	if (system("insmod " PROBE " mark_cpus=1"))
		return -1;
	ret = read_line(MARKS, line, sizeof(line));
	if (system("rmmod fastvdso_probe") || ret || sscanf(line, "%lu,%lu", &marks[0], &marks[1]) != 2)
		return -1;
	measure_rate();
	return 0;
}

/* Change the TSC of the CPU that this process is on, and wait until it has moved. Returns 0 then. */
static inline int move_tsc(int cpu, int64_t ns)
{
	struct point before = take_point();
	int64_t moved = 0;
	int i;

	if (add_to_tsc(cpu, ns))
		return -1;
	/* The host looks for the CPU first. */
	for (i = 0; i < 5000 && llabs(moved) < llabs(ns) / 2; i++) {
		usleep(1000);
		moved = tsc_moved_ns(&before);
	}
	return llabs(moved - ns) < llabs(ns) / 2 ? 0 : -1;
}

static inline void allow_wrong_readings_until(int64_t raw)
{
	__atomic_store_n(&shared->jumped_until, raw, __ATOMIC_SEQ_CST);
}

static inline int jump_tsc(int cpu, int64_t ns)
{
	int ret;

	shared->jumped_cpu = cpu;
	allow_wrong_readings_until(INT64_MAX);
	ret = move_tsc(cpu, ns);
	allow_wrong_readings_until(kernel_ns(CLOCK_MONOTONIC_RAW) + WINDOW_MS * 1000000ll);
	return ret;
}

#endif
