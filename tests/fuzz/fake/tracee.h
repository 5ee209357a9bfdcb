/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of a program that does not exist. */
#ifndef FASTVDSO_FAKE_TRACEE_H
#define FASTVDSO_FAKE_TRACEE_H

#include <sys/auxv.h>
#include <sys/types.h>

/* The launcher has no vDSO of its own, so that the one of the input is parsed. */
#define getauxval(type)		0ul

#define TRACEE_STOCK_VERSION	"LINUX_2.6"
#define TRACEE_STOCK_NAMES	{ "__vdso_getrandom", "a", "b", "c" }

typedef struct {
	unsigned long sp, pc, args;
} tracee_regs;

extern tracee_regs fake_registers;

static inline int tracee_get(pid_t pid, tracee_regs *regs)
{
	*regs = fake_registers;
	return 1;
}

static inline int tracee_set(pid_t pid, tracee_regs *regs)
{
	fake_registers = *regs;
	return 0;
}

static inline unsigned long tracee_stack(const tracee_regs *regs)
{
	return regs->sp;
}

static inline unsigned long tracee_pc(const tracee_regs *regs)
{
	return regs->pc;
}

static inline void tracee_aim(tracee_regs *regs, unsigned long stub, unsigned long args, unsigned long stack)
{
	*regs = (tracee_regs) { .pc = stub, .args = args, .sp = stack };
}

#endif
