/* SPDX-License-Identifier: GPL-2.0 */
/* clone() for a child that shares memory, on i386. */
#ifndef FASTVDSO_CLONE_H
#define FASTVDSO_CLONE_H

#include <sys/syscall.h>

/*
 * Run `function`, which must not return, in a child whose stack ends at `stack` (16-byte aligned).
 * `cleared` is for CLONE_CHILD_CLEARTID. Returns the PID or -errno.
 */
static inline long run_clone(void (*function)(void), void *stack, unsigned long flags, int *cleared)
{
	/* All registers but one have arguments, so the child finds the function on its stack. */
	void (**top)(void) = (void (**)(void))((char *)stack - 16);
	long ret;

	*top = function;
	__asm__ volatile("int $0x80\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *(%%esp)\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(ret)
			 : "0"((long)SYS_clone), "b"(flags), "c"(top), "d"(0l), "S"(0l), "D"(cleared)
			 : "cc", "memory");
	return ret;
}

#endif
