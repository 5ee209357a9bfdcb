/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of the launched program, on RISC-V. */
#ifndef FASTVDSO_TRACEE_H
#define FASTVDSO_TRACEE_H

#include <asm/ptrace.h>

#include "../sp_pc.h"

/* Functions of the kernel's vDSO, by enum fastvdso_stock. */
#define TRACEE_STOCK_VERSION	"LINUX_4.15"
#define TRACEE_STOCK_NAMES {								\
	[FASTVDSO_STOCK_GETRANDOM]	= "__vdso_getrandom",				\
	[FASTVDSO_STOCK_FLUSH_ICACHE]	= "__vdso_flush_icache",			\
	[FASTVDSO_STOCK_RISCV_HWPROBE]	= "__vdso_riscv_hwprobe",			\
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
