/* SPDX-License-Identifier: GPL-2.0 */
/* The reader of the image, compiled into the module. */
#ifndef FASTVDSO_KERNEL_READER_H
#define FASTVDSO_KERNEL_READER_H

#include <linux/types.h>

#include "compiler.h"

/* The module does not read the counter here: it converts a given counter value. */
static u64 fastvdso_fixed_counter __maybe_unused;
#define fastvdso_arch_counter()		fastvdso_fixed_counter
#define fastvdso_arch_counter_halves() \
	((struct fastvdso_counter) { .low = (u32)fastvdso_fixed_counter,	\
				     .high = fastvdso_fixed_counter >> 32 })
#define fastvdso_arch_counter_unordered()	fastvdso_arch_counter_halves()
#define fastvdso_arch_counter_cpu(cpu)	(*(cpu) = 0, fastvdso_fixed_counter)
#define fastvdso_arch_counter_cpunode(cpunode)	(*(cpunode) = 0, fastvdso_arch_counter_halves())
#define fastvdso_arch_cpunode()		0
#define fastvdso_arch_hypervisor_counter(mode, page, unordered, cpunode, counter) \
	(*(counter) = fastvdso_arch_counter_halves(), (struct fastvdso_hypervisor_failure) { 0 })

#include "reader.h"

#endif
