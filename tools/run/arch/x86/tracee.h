/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of the launched program, on x86-64. */
#ifndef FASTVDSO_TRACEE_H
#define FASTVDSO_TRACEE_H

#include "../registers.h"

/* Functions of the kernel's vDSO, by enum fastvdso_stock. */
#define TRACEE_STOCK_VERSION	"LINUX_2.6"
#define TRACEE_STOCK_NAMES {								\
	[FASTVDSO_STOCK_GETRANDOM]	= "__vdso_getrandom",				\
	[FASTVDSO_STOCK_SGX_ENTER_ENCLAVE] = "__vdso_sgx_enter_enclave",		\
	[FASTVDSO_STOCK_FUTEX_UNLOCK64]	= "__vdso_futex_robust_list64_try_unlock",	\
	[FASTVDSO_STOCK_FUTEX_UNLOCK32]	= "__vdso_futex_robust_list32_try_unlock",	\
}

/* Set in the system call number of an x32 program. */
#define TRACEE_X32	0x40000000ul

/* Read the registers. 1: a program of this architecture; 0: of another; -1: error. */
static inline int tracee_get(pid_t pid, tracee_regs *regs)
{
	int native = tracee_get_native(pid, regs);

	return native > 0 ? !(regs->orig_rax & TRACEE_X32) : native;
}

static inline unsigned long tracee_stack(const tracee_regs *regs)
{
	return regs->rsp;
}

static inline unsigned long tracee_pc(const tracee_regs *regs)
{
	return regs->rip;
}

/* Continue at the stub. */
static inline void tracee_aim(tracee_regs *regs, unsigned long stub, unsigned long args,
			      unsigned long stack)
{
	regs->rip = stub;
	regs->rbx = args;
	regs->rsp = stack;
}

#endif
