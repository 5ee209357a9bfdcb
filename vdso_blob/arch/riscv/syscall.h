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
#define FASTVDSO_NR_riscv_hwprobe	258
#define FASTVDSO_NR_riscv_flush_icache	259
#define FASTVDSO_NR_getrandom		278

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall5(long nr, long arg1, const volatile void *arg2, long arg3, long arg4, long arg5)
{
	register long number __asm__("a7") = nr;
	register long a0 __asm__("a0") = arg1;
	register const volatile void *a1 __asm__("a1") = arg2;
	register long a2 __asm__("a2") = arg3;
	register long a3 __asm__("a3") = arg4;
	register long a4 __asm__("a4") = arg5;

	__asm__ __volatile__("ecall" : "+r"(a0) : "r"(number), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
	return a0;
}

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall3(long nr, long arg1, const volatile void *arg2, long arg3)
{
	return fastvdso_arch_syscall5(nr, arg1, arg2, arg3, 0, 0);
}

static inline __attribute__((__always_inline__)) long
fastvdso_arch_syscall2(long nr, long arg1, const volatile void *arg2)
{
	return fastvdso_arch_syscall5(nr, arg1, arg2, 0, 0, 0);
}

#endif
