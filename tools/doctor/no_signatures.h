/* SPDX-License-Identifier: GPL-2.0 */
/* Architectures without a register in which a hypervisor presents itself. Included by signatures.h. */
#ifndef FASTVDSO_NO_SIGNATURES_H
#define FASTVDSO_NO_SIGNATURES_H

#include <stddef.h>

#define COUNTER_TRAPPED_BY	"firmware or a hypervisor"
#define COUNTER_TRAPPED_ADVICE	"firmware, or a machine, that lets programs read it"

static inline void hypervisor_signatures(char *to, size_t size)
{
	(void)size;
	to[0] = '\0';
}

#endif
