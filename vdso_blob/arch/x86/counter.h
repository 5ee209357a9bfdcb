/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The x86 counter and CPU number, as the blob reads them. */
#ifndef FASTVDSO_ARCH_COUNTER_H
#define FASTVDSO_ARCH_COUNTER_H

#include "compiler.h"
#include "patch.h"

/*
 * The TSC, not before earlier loads have their values: lfence waits for them,
 * and so does the rdtscp that may take its place. Nothing holds later loads back but
 * what they depend on: the order is that of the kernel's own vDSO.
 */
static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_halves(void)
{
	struct fastvdso_counter now;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lfence; rdtsc")
			     : "=a"(now.low), "=d"(now.high)
			     : [kind] "i"(FASTVDSO_PATCH_COUNTER)
			     : "ecx", "memory");
	return now;
}

/* The same in one piece. The macro tells cycles.h that the counter is known. */
#define fastvdso_arch_counter fastvdso_arch_counter
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter(void)
{
	struct fastvdso_counter now = fastvdso_arch_counter_halves();

	return now.high << 32 | now.low;
}

/* The TSC, whenever the CPU likes to read it: before or after the instructions around it. */
static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_unordered(void)
{
	struct fastvdso_counter now;

	__asm__ __volatile__("rdtsc" : "=a"(now.low), "=d"(now.high));
	return now;
}

/*
 * The TSC and the CPU whose TSC it is, ordered in the same way. Only where the module
 * found rdtscp: otherwise the steered page does not serve.
 */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_cpu(__u32 *cpu)
{
	__u32 low, high, cpunode;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high), "=c"(cpunode) : : "memory");
	*cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	return (__u64)high << 32 | low;
}

#define FASTVDSO_ARCH_COUNTER_NAME	"tsc"

/* The CPU in the low FASTVDSO_CPUNODE_BITS, the NUMA node above. */
static inline __attribute__((__always_inline__)) __u32 fastvdso_arch_cpunode(void)
{
	__u64 cpunode = FASTVDSO_CPUNODE_SEG;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lsl %%eax, %%eax; nop")
			     : "+a"(cpunode)
			     : [kind] "i"(FASTVDSO_PATCH_CPUNODE)
			     : "cc");
	return (__u32)cpunode;
}

/*
 * The TSC, ordered, and CPU and node. Where the CPU has rdtscp, that takes the place of
 * lfence; rdtsc, whichever costs less, and leaves both in ecx; what else does leaves it alone.
 */
static inline __attribute__((__always_inline__)) struct fastvdso_counter
fastvdso_arch_counter_cpunode(__u32 *cpunode)
{
	struct fastvdso_counter now;
	__u32 aux = ~0u;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("lfence; rdtsc")
			     : "=a"(now.low), "=d"(now.high), "+c"(aux)
			     : [kind] "i"(FASTVDSO_PATCH_COUNTER_CPUNODE)
			     : "memory");
	*cpunode = fastvdso_likely(aux != ~0u) ? aux : fastvdso_arch_cpunode();
	return now;
}

#endif
