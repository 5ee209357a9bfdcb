/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The names that libc and Go look up on x86-64, in version LINUX_2.6. Included by vdso.c. */
int __vdso_clock_gettime(__s32 id, struct timespec64 *ts) ALIAS(__fastvdso_clock_gettime);
int __vdso_gettimeofday(struct timeval64 *tv, void *tz) ALIAS(__fastvdso_gettimeofday);
__s64 __vdso_time(__s64 *t) ALIAS(__fastvdso_time);
int __vdso_clock_getres(__s32 id, struct timespec64 *res) ALIAS(__fastvdso_clock_getres);
long __vdso_getcpu(__u32 *cpu, __u32 *node, void *unused) ALIAS(__fastvdso_getcpu);

int clock_gettime(__s32 id, struct timespec64 *ts) WEAK_ALIAS(__fastvdso_clock_gettime);
int gettimeofday(struct timeval64 *tv, void *tz) WEAK_ALIAS(__fastvdso_gettimeofday);
__s64 time(__s64 *t) WEAK_ALIAS(__fastvdso_time);
int clock_getres(__s32 id, struct timespec64 *res) WEAK_ALIAS(__fastvdso_clock_getres);
long getcpu(__u32 *cpu, __u32 *node, void *unused) WEAK_ALIAS(__fastvdso_getcpu);
