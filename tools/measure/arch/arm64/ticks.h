/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the counter around a measurement, and flushing caches, on arm64. */
#ifndef FASTVDSO_BENCH_TICKS_H
#define FASTVDSO_BENCH_TICKS_H

#include <stddef.h>
#include <stdint.h>

/* All earlier instructions are complete, and no later one has started. */
static inline uint64_t bench_ticks_begin(void)
{
	uint64_t ticks;

	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
}

static inline uint64_t bench_ticks_end(void)
{
	return bench_ticks_begin();
}

static inline int bench_can_flush(void)
{
	return 1;
}

/* Flush from all caches of all CPUs. Lines are 64 bytes or more. */
static inline void bench_flush(const void *start, size_t size)
{
	const char *line = start;

	for (; line < (const char *)start + size; line += 64)
		__asm__ __volatile__("dc civac, %0" : : "r"(line) : "memory");
}

static inline void bench_flush_end(void)
{
	__asm__ __volatile__("dsb ish" : : : "memory");
}

#endif
