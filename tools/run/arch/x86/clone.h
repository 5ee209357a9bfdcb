/* SPDX-License-Identifier: GPL-2.0 */
/* clone() for a child that shares memory, on x86-64. */
#ifndef FASTVDSO_CLONE_H
#define FASTVDSO_CLONE_H

#include <sys/syscall.h>

/*
 * Run `function`, which must not return, in a child whose stack ends at `stack` (16-byte aligned).
 * `cleared` is for CLONE_CHILD_CLEARTID. Not libc's clone(), because musl's refuses that flag.
 * Returns the PID or -errno.
 */
static inline long run_clone(void (*function)(void), void *stack, unsigned long flags, int *cleared)
{
	register int *child_tid __asm__("r10") = cleared;
	register long tls __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%[function]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(ret)
			 : "0"((long)SYS_clone), "D"(flags), "S"(stack), "d"(0l), "r"(child_tid), "r"(tls),
			   [function] "b"(function)
			 : "rcx", "r11", "cc", "memory");
	return ret;
}

#endif
