/* SPDX-License-Identifier: GPL-2.0 */
/* For architectures without a register in which a hypervisor presents itself. Included by hypervisor.h. */
#ifndef FASTVDSO_NO_SIGNATURES_H
#define FASTVDSO_NO_SIGNATURES_H

#include <stddef.h>

static inline void hypervisor_signatures(char *to, size_t size)
{
	(void)size;
	to[0] = '\0';
}

#endif
