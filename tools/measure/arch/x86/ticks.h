/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the counter around a measurement, and flushing caches, on x86. */
#ifndef FASTVDSO_BENCH_TICKS_H
#define FASTVDSO_BENCH_TICKS_H

#include <stddef.h>
#include <stdint.h>
#include <x86intrin.h>

/* All earlier instructions are complete, and no later one has started. */
static inline uint64_t bench_ticks_begin(void)
{
	uint64_t ticks;

	_mm_lfence();
	ticks = __rdtsc();
	_mm_lfence();
	return ticks;
}

/* All earlier instructions are complete. */
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

/* Flush from all caches of all CPUs. */
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
