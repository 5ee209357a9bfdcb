/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's entry, its jump to the program, and its system calls, on RISC-V. */
#ifndef FASTVDSO_STUB_ARCH_H
#define FASTVDSO_STUB_ARCH_H

/*
 * On entry s1 holds the address of the arguments, and sp is below the program's stack. The program
 * starts with the registers that exec gives it: all zero but sp. And t1, because the jump needs one.
 */
__asm__(".pushsection .text.entry, \"ax\"\n"
	".globl stub_entry\n"
	"stub_entry:\n"
	"	mv	a0, s1\n"
	"	call	stub_main\n"
	"	ld	sp, 0(s1)\n"	/* stub_args.stack */
	"	ld	t1, 8(s1)\n"	/* stub_args.entry */
	"	mv	s1, zero\n"
	"	mv	ra, zero\n"
	"	mv	gp, zero\n"
	"	mv	tp, zero\n"
	"	mv	t0, zero\n"
	"	mv	t2, zero\n"
	"	mv	s0, zero\n"
	"	mv	s2, zero\n"
	"	mv	s3, zero\n"
	"	mv	s4, zero\n"
	"	mv	s5, zero\n"
	"	mv	s6, zero\n"
	"	mv	s7, zero\n"
	"	mv	s8, zero\n"
	"	mv	s9, zero\n"
	"	mv	s10, zero\n"
	"	mv	s11, zero\n"
	"	mv	a0, zero\n"
	"	mv	a1, zero\n"
	"	mv	a2, zero\n"
	"	mv	a3, zero\n"
	"	mv	a4, zero\n"
	"	mv	a5, zero\n"
	"	mv	a6, zero\n"
	"	mv	a7, zero\n"
	"	mv	t3, zero\n"
	"	mv	t4, zero\n"
	"	mv	t5, zero\n"
	"	mv	t6, zero\n"
	"	jr	t1\n"
	".popsection\n");

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ __volatile__("ecall"
			     : "+r"(a0)
			     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			     : "memory");
	return a0;
}

#include "../stub_64.h"

#endif
