// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "measure.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shapes.h"
#include "ticks.h"
#include "time_calls.h"
#include "timespec.h"

#define CALIBRATE_NS	50000000
#define WARM_UP		4	/* calls before a block of samples */

static double overhead_ns;

/* By the system call, because the clocks under test may be wrong. */
static double kernel_now(void)
{
	struct timespec ts = { 0, 0 };

	syscall(NR_timespec_gettime, CLOCK_MONOTONIC_RAW, &ts);
	return (double)timespec_ns(&ts);
}

double bench_ns_per_tick(void)
{
	static double ns_per_tick;

	if (ns_per_tick == 0) {
		double start = kernel_now(), now;
		uint64_t first = bench_ticks_begin();

		do
			now = kernel_now();
		while (now - start < CALIBRATE_NS);
		ns_per_tick = (now - start) / (double)(bench_ticks_end() - first);
	}
	return ns_per_tick;
}

int bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? sched_getcpu() : cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* Nanoseconds per call. */
static double batch(const struct bench_contender *one, long count)
{
	uint64_t start = bench_ticks_begin();

	one->call.loop(&one->call, count);
	return (double)(bench_ticks_end() - start) * bench_ns_per_tick() / (double)count;
}

static double turn(const struct bench_contender *one, int batches)
{
	double shortest = batch(one, one->count);

	while (--batches > 0) {
		double now = batch(one, one->count);

		if (now < shortest)
			shortest = now;
	}
	return shortest;
}

static void release(struct bench_contender *all, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(all[i].values);
		all[i].values = NULL;
	}
}

/* Allocate and touch the values, so that no page fault happens during a measurement. */
static int allocate(struct bench_contender *all, size_t count, size_t values)
{
	size_t i;

	for (i = 0; i < count; i++) {
		all[i].values = malloc(values * sizeof(double));
		if (!all[i].values) {
			release(all, i);
			return -ENOMEM;
		}
		memset(all[i].values, 1, values * sizeof(double));
	}
	return 0;
}

int bench_throughput(struct bench_contender *all, size_t count, const struct bench_rounds *plan)
{
	size_t i;
	int round, error = allocate(all, count, (size_t)plan->rounds);

	if (error)
		return error;
	for (i = 0; i < count; i++) {
		double cost = batch(&all[i], 100);

		all[i].count = (long)(plan->batch_ns / (cost > 0.1 ? cost : 0.1)) + 1;
	}
	for (round = 0; round < plan->rounds; round++) {
		if (plan->before)
			plan->before();
		for (i = 0; i < count; i++) {
			struct bench_contender *one = &all[(i + (size_t)round) % count];

			one->values[round] = turn(one, plan->batches);
		}
	}
	for (i = 0; i < count; i++) {
		all[i].ns = bench_summarise(all[i].values, (size_t)plan->rounds).median;
		all[i].best = all[i].values[0];
	}
	release(all, count);
	return 0;
}

static void flush(const struct bench_contender *one)
{
	int i;

	for (i = 0; i < BENCH_RANGES; i++)
		bench_flush(one->touches[i].start, one->touches[i].size);
	bench_flush_end();
}

/* Time a block of single calls. */
static void sample(struct bench_contender *one, int first, int count, int cold, double gap_ns)
{
	uint64_t gap = (uint64_t)(gap_ns / bench_ns_per_tick());
	bench_loop *loop = one->call.loop;
	int i;

	if (!cold)
		loop(&one->call, WARM_UP);
	for (i = first; i < first + count; i++) {
		uint64_t start, end;

		if (cold)
			flush(one);
		for (start = end = bench_ticks_end(); end - start < gap;)
			end = bench_ticks_end();
		start = bench_ticks_begin();
		loop(&one->call, 1);
		end = bench_ticks_end();
		one->values[i] = (double)(end - start) * bench_ns_per_tick();
	}
}

static void subtract_overhead(struct bench_contender *one, double overhead)
{
	double *of[] = { &one->latency.median, &one->latency.p99, &one->latency.p9999,
			 &one->latency.max };
	size_t i;

	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		*of[i] = *of[i] > overhead ? *of[i] - overhead : 0;
}

int bench_latency(struct bench_contender *all, size_t count, const struct bench_samples *plan)
{
	struct bench_contender nothing = { .call = { .loop = bench_nothing } };
	int first, error;
	size_t i;

	if (plan->cold && !bench_can_flush())
		return -ENOTSUP;
	error = allocate(all, count, (size_t)plan->samples);
	if (error)
		return error;
	error = allocate(&nothing, 1, (size_t)plan->samples);
	if (error) {
		release(all, count);
		return error;
	}
	for (first = 0; first < plan->samples; first += plan->block) {
		int size = plan->samples - first < plan->block ? plan->samples - first : plan->block;

		if (plan->before)
			plan->before();
		/* The cost of two readings with nothing in between. */
		sample(&nothing, first, size, 0, 0);
		for (i = 0; i < count; i++)
			sample(&all[(i + (size_t)(first / plan->block)) % count], first, size,
			       plan->cold, plan->gap_ns);
	}
	overhead_ns = bench_summarise(nothing.values, (size_t)plan->samples).median;
	release(&nothing, 1);
	for (i = 0; i < count; i++) {
		all[i].latency = bench_summarise(all[i].values, (size_t)plan->samples);
		subtract_overhead(&all[i], overhead_ns);
	}
	release(all, count);
	return 0;
}

double bench_latency_overhead(void)
{
	return overhead_ns;
}
