/* SPDX-License-Identifier: GPL-2.0 */
/* The project's reader and latch, with the kernel's own barriers and counter. */
#ifndef FASTVDSO_KERNEL_READER_H
#define FASTVDSO_KERNEL_READER_H

#include <asm/barrier.h>

/* Their pairs, by letter, stand in latch.h. */
#define fastvdso_arch_rmb()	smp_rmb()	/* latch.h: D, E */
#define fastvdso_arch_wmb()	smp_wmb()	/* latch.h: A, B, C */

#include "kernel_counter.h"
#include "reader.h"

#endif
