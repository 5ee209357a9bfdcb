/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The barriers of the kernel's smp_rmb() and smp_wmb(). A read of a CSR is device input to a fence, so the
 * read barriers order the time CSR too, which is always read between two of them: after the loads before the
 * first one, and before the loads behind the second one. Alone it needs two more, for which other
 * architectures need nothing.
 */
#ifndef FASTVDSO_ARCH_BARRIER_H
#define FASTVDSO_ARCH_BARRIER_H

#define fastvdso_arch_rmb()	__asm__ __volatile__("fence ir, ir" : : : "memory")
#define fastvdso_arch_wmb()	__asm__ __volatile__("fence w, w" : : : "memory")
#define fastvdso_arch_counter_barrier()	fastvdso_arch_rmb()

#endif
