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

/* The CPU may read it before or after the surrounding instructions. */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_any_time(void)
{
	__u64 value;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

#define FASTVDSO_ARCH_COUNTER_NAME	"cntvct"

#include "counter_only.h"

#endif
