/* SPDX-License-Identifier: GPL-2.0 */
/* Read and write the registers of the launched program. Included by tracee.h of an architecture. */
#ifndef FASTVDSO_REGISTERS_H
#define FASTVDSO_REGISTERS_H

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

typedef struct user_regs_struct tracee_regs;

/* Read the registers. 1: a program with registers of the same size; 0: another one; -1: error. */
static inline int tracee_get_native(pid_t pid, tracee_regs *regs)
{
	/* Linux copies a multiple of 8 bytes of a 64-bit program's registers, which is not the size of i386's. */
	struct {
		_Alignas(8) tracee_regs regs;
	} any;
	struct iovec iov = { &any, sizeof(any) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov))
		return -1;
	*regs = any.regs;
	return iov.iov_len == sizeof(*regs);
}

static inline int tracee_set(pid_t pid, tracee_regs *regs)
{
	struct iovec iov = { regs, sizeof(*regs) };

	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov);
}

#endif
