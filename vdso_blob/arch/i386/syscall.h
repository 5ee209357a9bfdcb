/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The system calls that the image falls back to. They return what the kernel returns: 0 or more, or -errno. The
 * numbers are kernel ABI, repeated here because the image builds without libc's headers.
 *
 * By int 0x80, because the faster instructions return to the kernel's own vDSO, whose address the image does
 * not know.
 */
#ifndef FASTVDSO_ARCH_SYSCALL_H
#define FASTVDSO_ARCH_SYSCALL_H

/* Calls of 64-bit time, since Linux 5.1. */
#define FASTVDSO_NR_clock_gettime	403
#define FASTVDSO_NR_clock_getres	406
#define FASTVDSO_NR_getcpu		318

/* Calls of 32-bit time. */
#define FASTVDSO_NR_gettimeofday	78
#define FASTVDSO_NR_clock_gettime32	265
#define FASTVDSO_NR_clock_getres32	266

/* gettimeofday() has no 64-bit form. */
#define FASTVDSO_ARCH_TIMEVAL32

/* The third argument, which only getcpu() has, is always 0. */
static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall2(long nr, long arg1, const volatile void *arg2)
{
	long ret;

	__asm__ __volatile__("int $0x80"
			     : "=a"(ret)
			     : "0"(nr), "b"(arg1), "c"(arg2), "d"(0)
			     : "memory");
	return ret;
}

#endif
