/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For architectures without a register in which user space finds the CPU number. Included by counter.h of
 * an architecture, which defines before:
 *	fastvdso_arch_counter_ordered()		read the counter after all earlier loads, before later ones
 *	fastvdso_arch_counter_any_time()	read it at any time
 */
#ifndef FASTVDSO_COUNTER_ONLY_H
#define FASTVDSO_COUNTER_ONLY_H

#include "compiler.h"

fastvdso_inline struct fastvdso_counter fastvdso_split_counter(__u64 value)
{
	return (struct fastvdso_counter) { .low = (__u32)value, .high = value >> 32 };
}

fastvdso_inline struct fastvdso_counter fastvdso_arch_counter_halves(void)
{
	return fastvdso_split_counter(fastvdso_arch_counter_ordered());
}

/* The same as one value. The macro tells cycles.h that the counter is defined. */
#define fastvdso_arch_counter fastvdso_arch_counter
fastvdso_inline __u64 fastvdso_arch_counter(void)
{
	return fastvdso_arch_counter_ordered();
}

fastvdso_inline struct fastvdso_counter fastvdso_arch_counter_unordered(void)
{
	return fastvdso_split_counter(fastvdso_arch_counter_any_time());
}

/* No CPU number: the module activates neither the steered page nor the CPU-time pages. */
fastvdso_inline __u64 fastvdso_arch_counter_cpu(__u32 *cpu)
{
	*cpu = ~0u;
	return fastvdso_arch_counter_ordered();
}

/* How a CPU and its node would be packed. The time page says that they come from the system call. */
#define FASTVDSO_CPUNODE_BITS	12
#define FASTVDSO_ARCH_CPU_BY_SYSCALL

fastvdso_inline __u32 fastvdso_arch_cpunode(void)
{
	return ~0u;
}

fastvdso_inline struct fastvdso_counter fastvdso_arch_counter_cpunode(__u32 *cpunode)
{
	*cpunode = fastvdso_arch_cpunode();
	return fastvdso_arch_counter_halves();
}

#endif
