/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of the launched program, on RISC-V. */
#ifndef FASTVDSO_TRACEE_H
#define FASTVDSO_TRACEE_H

#include <asm/ptrace.h>

#include "../registers.h"

/* Functions of the kernel's vDSO, by enum fastvdso_stock. */
#define TRACEE_STOCK_VERSION	"LINUX_4.15"
#define TRACEE_STOCK_NAMES {								\
	[FASTVDSO_STOCK_GETRANDOM]	= "__vdso_getrandom",				\
	[FASTVDSO_STOCK_FLUSH_ICACHE]	= "__vdso_flush_icache",			\
	[FASTVDSO_STOCK_RISCV_HWPROBE]	= "__vdso_riscv_hwprobe",			\
}

/* Read the registers. 1: a program of this architecture; 0: of another; -1: error. */
static inline int tracee_get(pid_t pid, tracee_regs *regs)
{
	return tracee_get_64(pid, regs);
}

static inline unsigned long tracee_stack(const tracee_regs *regs)
{
	return regs->sp;
}

static inline unsigned long tracee_pc(const tracee_regs *regs)
{
	return regs->pc;
}

/* Continue at the stub. */
static inline void tracee_aim(tracee_regs *regs, unsigned long stub, unsigned long args,
			      unsigned long stack)
{
	regs->pc = stub;
	regs->s1 = args;
	regs->sp = stack;
}

#endif
