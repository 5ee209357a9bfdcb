/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Read the virtual counter. No register that user space can read holds the CPU number. */
#ifndef FASTVDSO_ARCH_COUNTER_H
#define FASTVDSO_ARCH_COUNTER_H

#include "compiler.h"
#include "patch.h"

/*
 * Read CNTVCT_EL0 after all earlier loads: isb keeps the read from being early, and so does
 * CNTVCTSS_EL0, which the module may patch in. A load whose address depends on the value comes next,
 * so that the reader's barrier E, which orders loads only, also orders the counter before the
 * loads behind it. The kernel's own vDSO does the same.
 */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_ordered(void)
{
	__u64 value, address;

	__asm__ __volatile__(FASTVDSO_PATCHABLE("isb\n	mrs %[value], cntvct_el0")
			     "	eor %[address], %[value], %[value]\n"
			     "	add %[address], sp, %[address]\n"
			     "	ldr xzr, [%[address]]\n"
			     : [value] "=r"(value), [address] "=&r"(address)
			     : [kind] "i"(FASTVDSO_PATCH_COUNTER)
			     : "memory");
	return value;
}

static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_split_counter(__u64 value)
{
	return (struct fastvdso_counter) { .low = (__u32)value, .high = value >> 32 };
}

static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_halves(void)
{
	return fastvdso_split_counter(fastvdso_arch_counter_ordered());
}

/* The same as one value. The macro tells cycles.h that the counter is defined. */
#define fastvdso_arch_counter fastvdso_arch_counter
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter(void)
{
	return fastvdso_arch_counter_ordered();
}

/* Read the counter unordered: the CPU may read it before or after the surrounding instructions. */
static inline __attribute__((__always_inline__)) struct fastvdso_counter fastvdso_arch_counter_unordered(void)
{
	__u64 value;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(value));
	return fastvdso_split_counter(value);
}

/* No CPU number: the module activates neither the steered page nor the CPU-time pages. */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_cpu(__u32 *cpu)
{
	*cpu = ~0u;
	return fastvdso_arch_counter_ordered();
}

#define FASTVDSO_ARCH_COUNTER_NAME	"cntvct"

/* The time page says that CPU and node come from the system call. */
#define FASTVDSO_ARCH_CPU_BY_SYSCALL
static inline __attribute__((__always_inline__)) __u32 fastvdso_arch_cpunode(void)
{
	return ~0u;
}

static inline __attribute__((__always_inline__)) struct fastvdso_counter
fastvdso_arch_counter_cpunode(__u32 *cpunode)
{
	*cpunode = fastvdso_arch_cpunode();
	return fastvdso_arch_counter_halves();
}

#endif
