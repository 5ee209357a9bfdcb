/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's entry, its jump to the program, and its system calls, on arm64. */
#ifndef FASTVDSO_STUB_ARCH_H
#define FASTVDSO_STUB_ARCH_H

/*
 * On entry x19 holds the address of the arguments, and sp is below the program's stack. The program
 * starts with the registers that exec gives it: all zero but sp. And x16, by which a program that checks
 * the targets of branches (BTI) may be entered at a function.
 */
__asm__(".pushsection .text.entry, \"ax\"\n"
	".globl stub_entry\n"
	"stub_entry:\n"
	"	mov	x0, x19\n"
	"	bl	stub_main\n"
	"	ldp	x0, x16, [x19]\n"	/* stub_args.stack, stub_args.entry */
	"	mov	sp, x0\n"
	"	mov	x0, xzr\n"
	"	mov	x1, xzr\n"
	"	mov	x2, xzr\n"
	"	mov	x3, xzr\n"
	"	mov	x4, xzr\n"
	"	mov	x5, xzr\n"
	"	mov	x6, xzr\n"
	"	mov	x7, xzr\n"
	"	mov	x8, xzr\n"
	"	mov	x9, xzr\n"
	"	mov	x10, xzr\n"
	"	mov	x11, xzr\n"
	"	mov	x12, xzr\n"
	"	mov	x13, xzr\n"
	"	mov	x14, xzr\n"
	"	mov	x15, xzr\n"
	"	mov	x17, xzr\n"
	"	mov	x18, xzr\n"
	"	mov	x19, xzr\n"
	"	mov	x20, xzr\n"
	"	mov	x21, xzr\n"
	"	mov	x22, xzr\n"
	"	mov	x23, xzr\n"
	"	mov	x24, xzr\n"
	"	mov	x25, xzr\n"
	"	mov	x26, xzr\n"
	"	mov	x27, xzr\n"
	"	mov	x28, xzr\n"
	"	mov	x29, xzr\n"
	"	mov	x30, xzr\n"
	"	br	x16\n"
	".popsection\n");

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ __volatile__("svc #0"
			     : "+r"(x0)
			     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			     : "memory");
	return x0;
}

#include "../stub_64.h"

#endif
