/* SPDX-License-Identifier: GPL-2.0 */
/* clone() for a child that shares memory, on RISC-V. */
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
	register long number __asm__("a7") = SYS_clone;
	register unsigned long a0 __asm__("a0") = flags;
	register void *a1 __asm__("a1") = stack;
	register long parent_tid __asm__("a2") = 0;
	register long tls __asm__("a3") = 0;
	register int *child_tid __asm__("a4") = cleared;
	register void (*entry)(void) __asm__("t1") = function;

	__asm__ volatile("ecall\n\t"
			 "bnez a0, 1f\n\t"
			 "mv s0, zero\n\t"
			 "jalr %[entry]\n\t"
			 "ebreak\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(number), "r"(a1), "r"(parent_tid), "r"(tls), "r"(child_tid), [entry] "r"(entry)
			 : "ra", "memory");
	return (long)a0;
}

#endif
