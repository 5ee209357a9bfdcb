/* SPDX-License-Identifier: GPL-2.0 */
/* A counter that the test sets, with a hook that runs while it is read, and a CPU number. */
#ifndef FASTVDSO_FAKE_COUNTER_H
#define FASTVDSO_FAKE_COUNTER_H

#include <linux/types.h>

#include "compiler.h"

#define FASTVDSO_CPUNODE_BITS	12

static __u64 fake_counter;
static void (*while_reading)(void);

/* The CPU that the steered reader sees, and the CPU and node that a snapshot reads. */
static __u32 fake_cpu, fake_cpunode;

#define fastvdso_arch_counter fastvdso_arch_counter
static inline __u64 fastvdso_arch_counter(void)
{
	__u64 value = fake_counter;

	if (while_reading)
		while_reading();
	return value;
}

static inline struct fastvdso_counter fastvdso_arch_counter_halves(void)
{
	__u64 value = fastvdso_arch_counter();

	return (struct fastvdso_counter) { .low = (__u32)value, .high = value >> 32 };
}

#define fastvdso_arch_counter_unordered()	fastvdso_arch_counter_halves()

static inline __u64 fastvdso_arch_counter_cpu(__u32 *cpu)
{
	*cpu = fake_cpu;
	return fastvdso_arch_counter();
}

static inline struct fastvdso_counter fastvdso_arch_counter_cpunode(__u32 *cpunode)
{
	*cpunode = fake_cpunode;
	return fastvdso_arch_counter_halves();
}

static inline __u32 fastvdso_arch_cpunode(void)
{
	return fake_cpunode;
}

#endif
