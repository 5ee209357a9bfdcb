/* SPDX-License-Identifier: GPL-2.0 */
/* For architectures whose registers have the names sp and pc, and one kind of 64-bit programs. Included by tracee.h. */
#ifndef FASTVDSO_SP_PC_H
#define FASTVDSO_SP_PC_H

#include "registers.h"

/* Read the registers. 1: a program of this architecture; 0: of another; -1: error. */
static inline int tracee_get(pid_t pid, tracee_regs *regs)
{
	return tracee_get_native(pid, regs);
}

static inline unsigned long tracee_stack(const tracee_regs *regs)
{
	return regs->sp;
}

static inline unsigned long tracee_pc(const tracee_regs *regs)
{
	return regs->pc;
}

#endif
