/* SPDX-License-Identifier: GPL-2.0 */
/* clone() for a child that shares memory, on arm64. */
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
	register long number __asm__("x8") = SYS_clone;
	register unsigned long x0 __asm__("x0") = flags;
	register void *x1 __asm__("x1") = stack;
	register long parent_tid __asm__("x2") = 0;
	register long tls __asm__("x3") = 0;
	register int *child_tid __asm__("x4") = cleared;
	register void (*entry)(void) __asm__("x16") = function;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "blr %[entry]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(number), "r"(x1), "r"(parent_tid), "r"(tls), "r"(child_tid), [entry] "r"(entry)
			 : "x30", "cc", "memory");
	return (long)x0;
}

#endif
