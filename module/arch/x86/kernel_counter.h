/* SPDX-License-Identifier: GPL-2.0 */
/* The counter, as the kernel itself reads it. */
#ifndef FASTVDSO_KERNEL_COUNTER_H
#define FASTVDSO_KERNEL_COUNTER_H

#include <asm/tsc.h>

#define fastvdso_arch_counter()	rdtsc_ordered()

#endif
