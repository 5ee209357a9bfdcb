/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* For architectures whose hypervisors publish no clock on a page: guests read the CPU's own counter. */
#ifndef FASTVDSO_NO_HYPERVISOR_H
#define FASTVDSO_NO_HYPERVISOR_H

#include "compiler.h"

#define fastvdso_arch_hypervisor_counter fastvdso_arch_hypervisor_counter
fastvdso_inline struct fastvdso_hypervisor_failure
fastvdso_arch_hypervisor_counter(__u32 mode, const void *page, int unordered, __u32 *cpunode,
				 struct fastvdso_counter *now)
{
	(void)mode;
	(void)page;
	(void)unordered;
	(void)cpunode;
	*now = (struct fastvdso_counter) { 0 };
	return (struct fastvdso_hypervisor_failure) { .invalid = 1 };
}

#endif
