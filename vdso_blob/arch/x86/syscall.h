/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The system calls that the image falls back to. They return what the kernel returns: 0 or
 * more, or -errno. The numbers are kernel ABI, repeated here because the image builds without
 * libc's headers.
 */
#ifndef FASTVDSO_ARCH_SYSCALL_H
#define FASTVDSO_ARCH_SYSCALL_H

#define FASTVDSO_NR_gettimeofday	96
#define FASTVDSO_NR_clock_gettime	228
#define FASTVDSO_NR_clock_getres	229
#define FASTVDSO_NR_getcpu		309
#define FASTVDSO_NR_getrandom		318

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall2(long nr, long arg1, const volatile void *arg2)
{
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a"(ret)
			     : "0"(nr), "D"(arg1), "S"(arg2)
			     : "rcx", "r11", "memory");
	return ret;
}

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall3(long nr, long arg1, const volatile void *arg2, long arg3)
{
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a"(ret)
			     : "0"(nr), "D"(arg1), "S"(arg2), "d"(arg3)
			     : "rcx", "r11", "memory");
	return ret;
}

#endif
