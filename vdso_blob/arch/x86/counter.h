/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Read the TSC and the CPU number, in 64-bit and in 32-bit code. What an instruction returns in 32-bit registers
 * is declared as long: in 64-bit code it is zero-extended already.
 */
#ifndef FASTVDSO_ARCH_COUNTER_H
#define FASTVDSO_ARCH_COUNTER_H

#include "compiler.h"
#include "patch.h"

/*
 * Read the TSC after all earlier loads: lfence waits for them, and so does rdtscp, which the
 * module may patch in. Later loads are not held back. The kernel's own vDSO orders its reads
 * in the same way.
 */
static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_halves(void)
{
	unsigned long low, high;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lfence; rdtsc")
			     : "=a"(low), "=d"(high)
			     : [kind] "i"(FASTVDSO_PATCH_COUNTER)
			     : "ecx", "memory");
	return (struct fastvdso_counter) { .low = low, .high = high };
}

/* The same as one value. The macro tells cycles.h that the counter is defined. */
#define fastvdso_arch_counter fastvdso_arch_counter
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter(void)
{
	return fastvdso_counter_value(fastvdso_arch_counter_halves());
}

/* Read the TSC unordered: the CPU may read it before or after the surrounding instructions. */
static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_unordered(void)
{
	unsigned long low, high;

	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
	return (struct fastvdso_counter) { .low = low, .high = high };
}

/*
 * Read the TSC after all earlier loads, and the number of its CPU. Needs rdtscp: without it
 * the module does not activate the steered page.
 */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_cpu(__u32 *cpu)
{
	__u32 low, high, cpunode;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high), "=c"(cpunode) : : "memory");
	*cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	return (__u64)high << 32 | low;
}

#define FASTVDSO_ARCH_COUNTER_NAME	"tsc"

/* The CPU number in the low FASTVDSO_CPUNODE_BITS bits, the NUMA node above them. */
static inline __attribute__((__always_inline__)) __u32 fastvdso_arch_cpunode(void)
{
	unsigned long cpunode = FASTVDSO_CPUNODE_SEG;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lsl %%eax, %%eax; nop")
			     : "+a"(cpunode)
			     : [kind] "i"(FASTVDSO_PATCH_CPUNODE)
			     : "cc");
	return (__u32)cpunode;
}

/*
 * Read the TSC after all earlier loads, and CPU and node. If the CPU has rdtscp, the module
 * always patches it in, even if lfence; rdtsc is cheaper, because it returns CPU and node in
 * ecx. The other instructions leave ecx unchanged.
 */
static inline __attribute__((__always_inline__)) struct fastvdso_counter
fastvdso_arch_counter_cpunode(__u32 *cpunode)
{
	unsigned long low, high;
	__u32 aux = ~0u;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lfence; rdtsc")
			     : "=a"(low), "=d"(high), "+c"(aux)
			     : [kind] "i"(FASTVDSO_PATCH_COUNTER_CPUNODE)
			     : "memory");
	*cpunode = fastvdso_likely(aux != ~0u) ? aux : fastvdso_arch_cpunode();
	return (struct fastvdso_counter) { .low = low, .high = high };
}

#endif
