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
	/* The registers of 64-bit programs would be cut to the size of a 32-bit launcher's. */
	struct {
		tracee_regs	regs;
		unsigned char	more[512];
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
