/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The names that libc and Go look up on x86-64, in version LINUX_2.6. Included by vdso.c. */
int __vdso_clock_gettime(__s32 id, struct timespec64 *ts) ALIAS(__fastvdso_clock_gettime);
int __vdso_gettimeofday(struct timeval64 *tv, void *tz) ALIAS(__fastvdso_gettimeofday);
__s64 __vdso_time(__s64 *t) ALIAS(__fastvdso_time);
int __vdso_clock_getres(__s32 id, struct timespec64 *res) ALIAS(__fastvdso_clock_getres);
long __vdso_getcpu(__u32 *cpu, __u32 *node, void *unused) ALIAS(__fastvdso_getcpu);

#include "stock.h"

/* Those that only the kernel's own vDSO can provide. */
long __vdso_getrandom(void *buffer, __u64 length, __u32 flags, void *state, __u64 state_length)
	ALIAS(stock_getrandom);
int __vdso_sgx_enter_enclave(__u64 rdi, __u64 rsi, __u64 rdx, __u32 leaf, __u64 r8, __u64 r9, void *run)
	ALIAS(stock_sgx_enter_enclave);
__u32 __vdso_futex_robust_list64_try_unlock(__u32 *lock, __u32 tid, __u64 *pending)
	ALIAS(stock_futex_unlock64);
__u32 __vdso_futex_robust_list32_try_unlock(__u32 *lock, __u32 tid, __u32 *pending)
	ALIAS(stock_futex_unlock32);

int clock_gettime(__s32 id, struct timespec64 *ts) WEAK_ALIAS(__fastvdso_clock_gettime);
int gettimeofday(struct timeval64 *tv, void *tz) WEAK_ALIAS(__fastvdso_gettimeofday);
__s64 time(__s64 *t) WEAK_ALIAS(__fastvdso_time);
int clock_getres(__s32 id, struct timespec64 *res) WEAK_ALIAS(__fastvdso_clock_getres);
long getcpu(__u32 *cpu, __u32 *node, void *unused) WEAK_ALIAS(__fastvdso_getcpu);
long getrandom(void *buffer, __u64 length, __u32 flags, void *state, __u64 state_length)
	WEAK_ALIAS(stock_getrandom);
