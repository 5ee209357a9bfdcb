/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's entry, its jump to the program, and its system calls, on i386. */
#ifndef FASTVDSO_STUB_ARCH_H
#define FASTVDSO_STUB_ARCH_H

#include <asm/stat.h>
#include <asm/unistd.h>
#include <stdint.h>

/*
 * On entry ebx holds the address of the arguments, and esp is below the program's stack. The program
 * starts with the registers that exec gives it: all zero but esp.
 */
__asm__(".pushsection .text.entry, \"ax\"\n"
	".globl stub_entry\n"
	"stub_entry:\n"
	"	sub	$12, %esp\n"
	"	push	%ebx\n"
	"	call	stub_main\n"
	"	mov	0(%ebx), %esp\n"	/* stub_args.stack */
	"	mov	8(%ebx), %eax\n"	/* stub_args.entry */
	"	mov	%eax, -4(%esp)\n"
	"	xor	%eax, %eax\n"
	"	xor	%ebx, %ebx\n"
	"	xor	%ecx, %ecx\n"
	"	xor	%edx, %edx\n"
	"	xor	%esi, %esi\n"
	"	xor	%edi, %edi\n"
	"	xor	%ebp, %ebp\n"
	"	jmp	*-4(%esp)\n"
	".popsection\n");

/*
 * The sixth argument is in ebp, which may be the frame pointer, so it goes over the stack. Not inline, because the
 * kernel's vDSO for 32-bit programs leaves the stub little room.
 */
static __attribute__((__noinline__)) long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;

	__asm__ __volatile__("push %[last]\n\t"
			     "push %%ebp\n\t"
			     "mov 4(%%esp), %%ebp\n\t"
			     "int $0x80\n\t"
			     "pop %%ebp\n\t"
			     "add $4, %%esp"
			     : "=a"(result)
			     : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [last] "g"(f)
			     : "cc", "memory");
	return result;
}

/* The calls of the first names have 32-bit sizes and offsets. */
typedef struct stat64 stub_stat;
#define STUB_NR_fstat	__NR_fstat64

static inline long stub_map(long at, uint32_t length, uint32_t prot, uint32_t flags, long fd, uint64_t offset)
{
	return syscall6(__NR_mmap2, at, (long)length, (long)prot, (long)flags, fd, (long)(offset >> 12));
}

#endif
