/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The names that libc and Go look up on RISC-V, in version LINUX_4.15. Included by vdso.c. */
int __vdso_clock_gettime(__s32 id, struct timespec64 *ts) ALIAS(__fastvdso_clock_gettime);
int __vdso_gettimeofday(struct timeval64 *tv, void *tz) ALIAS(__fastvdso_gettimeofday);
int __vdso_clock_getres(__s32 id, struct timespec64 *res) ALIAS(__fastvdso_clock_getres);
long __vdso_getcpu(__u32 *cpu, __u32 *node, void *unused) ALIAS(__fastvdso_getcpu);

#include "stock.h"

/*
 * Those that only the kernel's own vDSO can provide. Not __vdso_rt_sigreturn: the kernel returns from
 * signal handlers to its own vDSO, and nothing looks the name up.
 */
long __vdso_getrandom(void *buffer, __u64 length, __u32 flags, void *state, __u64 state_length)
	ALIAS(stock_getrandom);

long stock_flush_icache(void *start, void *end, unsigned long flags)
{
	STOCK(function, stock_flush_icache, FASTVDSO_STOCK_FLUSH_ICACHE);

	if (function)
		return function(start, end, flags);
	return fastvdso_arch_syscall3(FASTVDSO_NR_riscv_flush_icache, (long)start, end, (long)flags);
}

long __vdso_flush_icache(void *start, void *end, unsigned long flags) ALIAS(stock_flush_icache);

long stock_riscv_hwprobe(void *pairs, unsigned long count, unsigned long size, unsigned long *cpus,
			 __u32 flags)
{
	STOCK(function, stock_riscv_hwprobe, FASTVDSO_STOCK_RISCV_HWPROBE);

	if (function)
		return function(pairs, count, size, cpus, flags);
	return fastvdso_arch_syscall5(FASTVDSO_NR_riscv_hwprobe, (long)pairs, (const void *)count, (long)size,
				      (long)cpus, flags);
}

long __vdso_riscv_hwprobe(void *pairs, unsigned long count, unsigned long size, unsigned long *cpus,
			  __u32 flags) ALIAS(stock_riscv_hwprobe);
