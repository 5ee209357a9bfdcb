/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of the launched program, on i386. */
#ifndef FASTVDSO_TRACEE_H
#define FASTVDSO_TRACEE_H

#include "../registers.h"

/* The image has no functions of the kernel's vDSO. */
#define TRACEE_STOCK_VERSION	"LINUX_2.6"
#define TRACEE_STOCK_NAMES	{ NULL }

/* Read the registers. 1: a program of this architecture; 0: of another; -1: error. */
static inline int tracee_get(pid_t pid, tracee_regs *regs)
{
	return tracee_get_native(pid, regs);
}

static inline unsigned long tracee_stack(const tracee_regs *regs)
{
	return (unsigned long)regs->esp;
}

static inline unsigned long tracee_pc(const tracee_regs *regs)
{
	return (unsigned long)regs->eip;
}

/* Continue at the stub. */
static inline void tracee_aim(tracee_regs *regs, unsigned long stub, unsigned long args,
			      unsigned long stack)
{
	regs->eip = (long)stub;
	regs->ebx = (long)args;
	regs->esp = (long)stack;
}

#endif
