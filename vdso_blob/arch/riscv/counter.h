/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Read the time CSR. No register that user space can read holds the CPU number. */
#ifndef FASTVDSO_ARCH_COUNTER_H
#define FASTVDSO_ARCH_COUNTER_H

#include "compiler.h"

/*
 * Ordered by the fences around it: see barrier.h. The kernel's own vDSO relies on the firmware's emulation of
 * the read, but a CPU that has the register may read it early or late.
 */
static inline __attribute__((__always_inline__)) __u64 fastvdso_arch_counter_ordered(void)
{
	__u64 value;

	__asm__ __volatile__("rdtime %0" : "=r"(value) : : "memory");
	return value;
}

/* The same, because the fences cannot be left out. */
#define fastvdso_arch_counter_any_time()	fastvdso_arch_counter_ordered()

#define FASTVDSO_ARCH_COUNTER_NAME	"rdtime"

#include "counter_only.h"

#endif
