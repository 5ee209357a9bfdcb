/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Which ordered reading of the counter costs less here: rdtscp, or lfence and rdtsc. CPUs
 * differ in it, and so do hypervisors; so it is measured, by whoever prepares an image: the
 * module at load, and the benchmark. Where interrupts or others take the CPU away in
 * between, the least of many rounds is what the instructions cost.
 */
#ifndef FASTVDSO_ARCH_CHOICE_H
#define FASTVDSO_ARCH_CHOICE_H

#include <linux/types.h>

#define FASTVDSO_CHOICE_ROUNDS	64
#define FASTVDSO_CHOICE_READINGS 32

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

/* Ticks for so many readings, by the first of them and one more. */
static inline __attribute__((__always_inline__)) __u64 fastvdso_time_readings(__u64 (*read)(void))
{
	__u64 start = read(), end = start;
	int i;

	for (i = 0; i < FASTVDSO_CHOICE_READINGS; i++)
		end = read();
	return end - start;
}

/* Both have to be there, and lfence to wait for earlier loads. Takes some hundred microseconds. */
static inline int fastvdso_rdtscp_is_cheaper(void)
{
	__u64 by_rdtscp = ~0ull, by_lfence = ~0ull, ticks;
	int i;

	for (i = 0; i < FASTVDSO_CHOICE_ROUNDS; i++) {
		ticks = fastvdso_time_readings(fastvdso_read_by_rdtscp);
		by_rdtscp = ticks < by_rdtscp ? ticks : by_rdtscp;
		ticks = fastvdso_time_readings(fastvdso_read_by_lfence_rdtsc);
		by_lfence = ticks < by_lfence ? ticks : by_lfence;
	}
	/* Where they cost the same, rdtscp: it is shorter by an instruction. */
	return by_rdtscp <= by_lfence + by_lfence / 64;
}

#endif
