/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The barriers of the kernel's smp_rmb() and smp_wmb(). */
#ifndef FASTVDSO_ARCH_BARRIER_H
#define FASTVDSO_ARCH_BARRIER_H

#define fastvdso_arch_rmb()	__asm__ __volatile__("dmb ishld" : : : "memory")
#define fastvdso_arch_wmb()	__asm__ __volatile__("dmb ishst" : : : "memory")
#define fastvdso_arch_counter_barrier()	do { } while (0)	/* the instruction itself is ordered */

#endif
