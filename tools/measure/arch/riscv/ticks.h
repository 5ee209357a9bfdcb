/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the counter around a measurement, on RISC-V. */
#ifndef FASTVDSO_BENCH_TICKS_H
#define FASTVDSO_BENCH_TICKS_H

#include <stddef.h>
#include <stdint.h>

/* All earlier instructions are complete, and no later one has started. */
static inline uint64_t bench_ticks_begin(void)
{
	uint64_t ticks;

	__asm__ __volatile__("fence iorw, iorw\n\trdtime %0\n\tfence iorw, iorw" : "=r"(ticks) : : "memory");
	return ticks;
}

static inline uint64_t bench_ticks_end(void)
{
	return bench_ticks_begin();
}

/* Only some CPUs have instructions for it, and the kernel may forbid them. */
static inline int bench_can_flush(void)
{
	return 0;
}

static inline void bench_flush(const void *start, size_t size)
{
	(void)start;
	(void)size;
}

static inline void bench_flush_end(void)
{
}

#endif
