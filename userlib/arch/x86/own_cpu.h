/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* On x86 the image reads the CPU number from a register. */
#ifndef FASTVDSO_OWN_CPU_H
#define FASTVDSO_OWN_CPU_H

#include <stdbool.h>

#define FASTVDSO_SNAPSHOT_HAS_CPU	1

static inline bool fastvdso_own_cpu(unsigned int *cpu, unsigned int *node)
{
	(void)cpu;
	(void)node;
	return false;
}

#endif
