/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The names that libc and Go look up on arm64, in version LINUX_2.6.39. Included by vdso.c. */
int __kernel_clock_gettime(__s32 id, struct timespec64 *ts) ALIAS(__fastvdso_clock_gettime);
int __kernel_gettimeofday(struct timeval64 *tv, void *tz) ALIAS(__fastvdso_gettimeofday);
int __kernel_clock_getres(__s32 id, struct timespec64 *res) ALIAS(__fastvdso_clock_getres);

#include "stock.h"

/*
 * Those that only the kernel's own vDSO can provide. Not __kernel_rt_sigreturn: the kernel returns from
 * signal handlers to its own vDSO, and nothing looks the name up.
 */
long __kernel_getrandom(void *buffer, __u64 length, __u32 flags, void *state, __u64 state_length)
	ALIAS(stock_getrandom);
