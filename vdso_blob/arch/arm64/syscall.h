/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The system calls that the image falls back to. They return what the kernel returns: 0 or
 * more, or -errno. The numbers are kernel ABI, repeated here because the image builds without
 * libc's headers.
 */
#ifndef FASTVDSO_ARCH_SYSCALL_H
#define FASTVDSO_ARCH_SYSCALL_H

#define FASTVDSO_NR_clock_gettime	113
#define FASTVDSO_NR_clock_getres	114
#define FASTVDSO_NR_getcpu		168
#define FASTVDSO_NR_gettimeofday	169
#define FASTVDSO_NR_getrandom		278

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall3(long nr, long arg1, const volatile void *arg2, long arg3)
{
	register long number __asm__("x8") = nr;
	register long x0 __asm__("x0") = arg1;
	register const volatile void *x1 __asm__("x1") = arg2;
	register long x2 __asm__("x2") = arg3;

	__asm__ __volatile__("svc #0" : "+r"(x0) : "r"(number), "r"(x1), "r"(x2) : "memory");
	return x0;
}

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall2(long nr, long arg1, const volatile void *arg2)
{
	return fastvdso_arch_syscall3(nr, arg1, arg2, 0);
}

#endif
