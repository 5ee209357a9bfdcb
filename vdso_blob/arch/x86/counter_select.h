/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Measure which ordered counter read is cheaper: rdtscp, or lfence and rdtsc. It differs
 * between CPUs and between hypervisors, so the module measures at load, and the benchmark
 * when it prepares an image. Each is timed in many rounds and the fastest round counts,
 * since interrupts and other tasks only ever add time.
 */
#ifndef FASTVDSO_ARCH_COUNTER_SELECT_H
#define FASTVDSO_ARCH_COUNTER_SELECT_H

#include <linux/types.h>

#define FASTVDSO_SELECT_ROUNDS	64
#define FASTVDSO_SELECT_READS	32

static inline __u64 fastvdso_read_by_lfence_rdtsc(void)
{
	__u32 low, high;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (__u64)high << 32 | low;
}

static inline __u64 fastvdso_read_by_rdtscp(void)
{
	__u32 low, high;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "ecx", "memory");
	return (__u64)high << 32 | low;
}

/* Ticks from one read to the last of FASTVDSO_SELECT_READS more. */
static inline __attribute__((__always_inline__)) __u64 fastvdso_time_reads(__u64 (*read)(void))
{
	__u64 start = read(), end = start;
	int i;

	for (i = 0; i < FASTVDSO_SELECT_READS; i++)
		end = read();
	return end - start;
}

/*
 * Only valid if the CPU has rdtscp and its lfence waits for earlier loads. Takes a few
 * hundred microseconds.
 */
static inline int fastvdso_rdtscp_is_cheaper(void)
{
	__u64 by_rdtscp = ~0ull, by_lfence = ~0ull, ticks;
	int i;

	for (i = 0; i < FASTVDSO_SELECT_ROUNDS; i++) {
		ticks = fastvdso_time_reads(fastvdso_read_by_rdtscp);
		by_rdtscp = ticks < by_rdtscp ? ticks : by_rdtscp;
		ticks = fastvdso_time_reads(fastvdso_read_by_lfence_rdtsc);
		by_lfence = ticks < by_lfence ? ticks : by_lfence;
	}
	/* Prefer rdtscp at equal cost: it is one instruction fewer. */
	return by_rdtscp <= by_lfence + by_lfence / 64;
}

#endif
