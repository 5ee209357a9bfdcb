/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* x86 does not reorder loads with loads or stores with stores: compiler barriers are enough. */
#ifndef FASTVDSO_ARCH_BARRIER_H
#define FASTVDSO_ARCH_BARRIER_H

#define fastvdso_arch_rmb()	__asm__ __volatile__("" : : : "memory")
#define fastvdso_arch_wmb()	__asm__ __volatile__("" : : : "memory")
#define fastvdso_arch_counter_barrier()	do { } while (0)	/* the instruction itself is ordered */

#endif
