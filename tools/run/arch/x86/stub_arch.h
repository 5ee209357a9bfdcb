/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's entry, its jump to the program, and its system calls, on x86-64. */
#ifndef FASTVDSO_STUB_ARCH_H
#define FASTVDSO_STUB_ARCH_H

/*
 * On entry rbx holds the address of the arguments, and rsp is below the program's stack. The program
 * starts with the registers that exec gives it: all zero but rsp.
 */
__asm__(".pushsection .text.entry, \"ax\"\n"
	".globl stub_entry\n"
	"stub_entry:\n"
	"	mov	%rbx, %rdi\n"
	"	call	stub_main\n"
	"	mov	0(%rbx), %rsp\n"	/* stub_args.stack */
	"	mov	8(%rbx), %rax\n"	/* stub_args.entry */
	"	mov	%rax, -8(%rsp)\n"
	"	xor	%eax, %eax\n"
	"	xor	%ebx, %ebx\n"
	"	xor	%ecx, %ecx\n"
	"	xor	%edx, %edx\n"
	"	xor	%esi, %esi\n"
	"	xor	%edi, %edi\n"
	"	xor	%ebp, %ebp\n"
	"	xor	%r8d, %r8d\n"
	"	xor	%r9d, %r9d\n"
	"	xor	%r10d, %r10d\n"
	"	xor	%r11d, %r11d\n"
	"	xor	%r12d, %r12d\n"
	"	xor	%r13d, %r13d\n"
	"	xor	%r14d, %r14d\n"
	"	xor	%r15d, %r15d\n"
	"	jmp	*-8(%rsp)\n"
	".popsection\n");

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ __volatile__("syscall"
			     : "=a"(result)
			     : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			     : "rcx", "r11", "memory");
	return result;
}

#include "../stub_64.h"

#endif
