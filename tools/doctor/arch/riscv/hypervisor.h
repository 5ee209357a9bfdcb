/* SPDX-License-Identifier: GPL-2.0 */
/* RISC-V has no register in which a hypervisor presents itself. */
#ifndef FASTVDSO_DOCTOR_HYPERVISOR_H
#define FASTVDSO_DOCTOR_HYPERVISOR_H

#include <stddef.h>

static inline void hypervisor_signatures(char *to, size_t size)
{
	(void)size;
	to[0] = '\0';
}

#endif
