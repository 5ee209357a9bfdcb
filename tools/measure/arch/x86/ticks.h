/* SPDX-License-Identifier: GPL-2.0 */
/* x86: the counter around what is measured, the counters to compare with, and flushing. */
#ifndef FASTVDSO_BENCH_TICKS_H
#define FASTVDSO_BENCH_TICKS_H

#include <stddef.h>
#include <stdint.h>
#include <x86intrin.h>

/* Everything before has been done, and nothing after has begun. */
static inline uint64_t bench_ticks_begin(void)
{
	uint64_t ticks;

	_mm_lfence();
	ticks = __rdtsc();
	_mm_lfence();
	return ticks;
}

/* Everything before has been done. */
static inline uint64_t bench_ticks_end(void)
{
	unsigned int cpunode;
	uint64_t ticks = __rdtscp(&cpunode);

	_mm_lfence();
	return ticks;
}

static inline int bench_can_flush(void)
{
	return 1;
}

/* Out of every cache, of all CPUs. */
static inline void bench_flush(const void *start, size_t size)
{
	const char *line = start;

	for (; line < (const char *)start + size; line += 64)
		_mm_clflush(line);
}

static inline void bench_flush_end(void)
{
	_mm_mfence();
}

#endif
