// SPDX-License-Identifier: GPL-2.0
/*
 * The bare counter, and the steps of a clock read added one by one, to see what each of them costs.
 * None of these is a working clock.
 */
#include "counters.h"

#include <x86intrin.h>

/* Input of the steps. Volatile, to stop the compiler from folding the constants. */
static volatile struct {
	uint32_t seq;
	uint32_t mult;
	uint64_t cycle_last;
	uint64_t addend;
	uint64_t sec_nsec;
	uint8_t shift;
} line __attribute__((__aligned__(64))) = { .mult = 6442450, .shift = 24 };

#define KEEP(what)	__asm__ __volatile__("" : : "r"(what) : "memory")

static inline uint64_t rdtsc(void)
{
	uint64_t ticks = __rdtsc();

	KEEP(ticks);
	return ticks;
}

static inline uint64_t rdtscp(void)
{
	unsigned int cpunode;

	return __rdtscp(&cpunode);
}

static inline uint64_t lfence_rdtsc(void)
{
	_mm_lfence();
	return __rdtsc();
}

#define LOOP(name, expression)					\
static void name(const struct bench_call *call, long count)	\
{								\
	(void)call;						\
	while (count--)						\
		KEEP(expression);				\
}

/* Without combining the halves. */
static void rdtscp_halves(const struct bench_call *call, long count)
{
	(void)call;
	while (count--) {
		uint32_t low, high;

		__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "ecx", "memory");
		__asm__ __volatile__("" : : "r"(low), "r"(high));
	}
}

/* Like the reader: multiply only the low half, and compare the high one. */
static inline uint64_t nsec(void)
{
	uint32_t low, high, mult;
	uint64_t last;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "ecx", "memory");
	last = line.cycle_last;
	mult = line.mult;
	if (__builtin_expect((high ^ (last >> 32)) == ~0ull, 0))
		return 0;
	return ((uint64_t)low * mult + line.addend) >> line.shift;
}

static inline uint64_t product(void)
{
	uint32_t low, high;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "ecx", "memory");
	return (uint64_t)low * line.mult;
}

static inline uint64_t latched(void)
{
	uint64_t value;
	uint32_t seq;

	do {
		seq = line.seq;
		value = nsec() + line.sec_nsec;
	} while (__builtin_expect(line.seq != seq, 0));
	return value;
}

LOOP(loop_rdtsc, rdtsc())
LOOP(loop_rdtscp, rdtscp())
LOOP(loop_lfence_rdtsc, lfence_rdtsc())
LOOP(loop_product, product())
LOOP(loop_nsec, nsec())
LOOP(loop_latched, latched())

static uint64_t rdtscp_called(void)
{
	return rdtscp();
}

static uint64_t latched_called(void)
{
	return latched();
}

const struct bench_contender bench_counters[] = {
	{ .who = "counter", .what = "rdtsc", .call = { .loop = loop_rdtsc } },
	{ .who = "counter", .what = "rdtscp", .call = { .loop = loop_rdtscp } },
	{ .who = "counter", .what = "lfence; rdtsc", .call = { .loop = loop_lfence_rdtsc } },
};

const struct bench_contender bench_steps[] = {
	{ .who = "step", .what = "rdtscp, halves not combined", .call = { .loop = rdtscp_halves } },
	{ .who = "step", .what = "+ imul of the low half", .call = { .loop = loop_product } },
	{ .who = "step", .what = "+ add, shr, compare of the high half", .call = { .loop = loop_nsec } },
	{ .who = "step", .what = "+ add of the base, sequence count read twice",
	  .call = { .loop = loop_latched } },
	{ .who = "step", .what = "+ a call through a pointer",
	  .call = { .loop = bench_plain, .function = latched_called } },
	{ .who = "step", .what = "instead: rdtscp, halves combined",
	  .call = { .loop = loop_rdtscp } },
	{ .who = "step", .what = "instead: the same, called through a pointer",
	  .call = { .loop = bench_plain, .function = rdtscp_called } },
};

const size_t bench_counter_count = sizeof(bench_counters) / sizeof(bench_counters[0]);
const size_t bench_step_count = sizeof(bench_steps) / sizeof(bench_steps[0]);
