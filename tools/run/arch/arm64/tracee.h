/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of the launched program, on arm64. */
#ifndef FASTVDSO_TRACEE_H
#define FASTVDSO_TRACEE_H

#include "../sp_pc.h"

/* Functions of the kernel's vDSO, by enum fastvdso_stock. */
#define TRACEE_STOCK_VERSION	"LINUX_2.6.39"
#define TRACEE_STOCK_NAMES {								\
	[FASTVDSO_STOCK_GETRANDOM]	= "__kernel_getrandom",				\
}

/* Continue at the stub. */
static inline void tracee_aim(tracee_regs *regs, unsigned long stub, unsigned long args,
			      unsigned long stack)
{
	regs->pc = stub;
	regs->regs[19] = args;
	regs->sp = stack;
}

#endif
