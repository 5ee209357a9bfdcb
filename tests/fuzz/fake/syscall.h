/* SPDX-License-Identifier: GPL-2.0 */
/* System calls of the image that are not made. */
#ifndef FASTVDSO_FAKE_SYSCALL_H
#define FASTVDSO_FAKE_SYSCALL_H

enum { FASTVDSO_NR_gettimeofday, FASTVDSO_NR_clock_gettime, FASTVDSO_NR_clock_getres, FASTVDSO_NR_getcpu,
       FASTVDSO_NR_getrandom };

static inline long fastvdso_arch_syscall2(long nr, long arg1, const volatile void *arg2)
{
	(void)nr;
	(void)arg1;
	(void)arg2;
	return -38;
}

static inline long fastvdso_arch_syscall3(long nr, long arg1, const volatile void *arg2, long arg3)
{
	(void)arg3;
	return fastvdso_arch_syscall2(nr, arg1, arg2);
}

#endif
