/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The names that libc looks up on i386, in version LINUX_2.6. Included by vdso.c. Not the kernel's
 * __kernel_vsyscall and its functions that return from signal handlers: programs find those by AT_SYSINFO and on
 * the stack, in the kernel's own vDSO.
 */
int __vdso_clock_gettime64(__s32 id, struct timespec64 *ts) ALIAS(__fastvdso_clock_gettime);
int __vdso_clock_getres_time64(__s32 id, struct timespec64 *res) ALIAS(__fastvdso_clock_getres);
long __vdso_getcpu(__u32 *cpu, __u32 *node, void *unused) ALIAS(__fastvdso_getcpu);

/*
 * The others have 32-bit seconds, which are cut as by the kernel's own vDSO. They fall back to the system calls of
 * 32-bit time, because filters of older programs allow no others.
 */
struct timespec32 {
	__s32	sec;
	__s32	nsec;
};

struct timeval32 {
	__s32	sec;
	__s32	usec;
};

/* Read a clock of the time page by all levels but the system call. Return 0 if that fails, and for other clocks. */
fastvdso_inline int read_time_page(__s32 id, struct fastvdso_reading *now)
{
	if (fastvdso_likely(read_clock(id, now)))
		return 1;
	return fastvdso_is_fine(id) &&
	       (read_pvclock(id, now) || read_hvclock(id, now) || read_posix_clock_slow(id, now));
}

fastvdso_inline void to_timespec32(struct fastvdso_reading *now, struct timespec32 *ts)
{
	fastvdso_normalise(now);
	ts->sec = (__s32)now->sec;
	ts->nsec = (__s32)now->nsec;
}

/* Programs read these clocks less often. */
static NOINLINE int clock_gettime32_any_clock(__s32 id, struct timespec32 *ts)
{
	struct fastvdso_reading now = { .sec = 0 };

	if (!read_time_page(id, &now) && !fastvdso_read_own_cpu_clock(id, &now.nsec))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime32, id, ts);
	to_timespec32(&now, ts);
	return 0;
}

fastvdso_inline int clock_gettime32_counter(__s32 id, struct timespec32 *ts)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_clock(id, &now)))
		return clock_gettime32_any_clock(id, ts);
	to_timespec32(&now, ts);
	return 0;
}

ENTRY GETTIME int __vdso_clock_gettime(__s32 id, struct timespec32 *ts)
{
	if (fastvdso_likely(id == FASTVDSO_MONOTONIC))
		return clock_gettime32_counter(FASTVDSO_MONOTONIC, ts);
	if (id == FASTVDSO_REALTIME)
		return clock_gettime32_counter(FASTVDSO_REALTIME, ts);
	return clock_gettime32_any_clock(id, ts);
}

ENTRY GETTIME int __vdso_gettimeofday(struct timeval32 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!tv && !tz))
		return 0;
	if (fastvdso_unlikely(tz) || fastvdso_unlikely(!read_time_page(FASTVDSO_REALTIME, &now)))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, (long)tv, tz);
	fastvdso_normalise(&now);
	tv->sec = (__s32)now.sec;
	tv->usec = (__s32)((__u32)now.nsec / 1000);
	return 0;
}

ENTRY __s32 __vdso_time(__s32 *t)
{
	/* The lower half by itself is one load. */
	__s32 sec = (__s32)fastvdso_low_half(fastvdso_time_page.hres[0].real_sec);

	if (t)
		*t = sec;
	return sec;
}

ENTRY int __vdso_clock_getres(__s32 id, struct timespec32 *res)
{
	__u32 nsec;

	if (!read_resolution(id, &nsec))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_getres32, id, res);
	if (res) {
		res->sec = 0;
		res->nsec = (__s32)nsec;
	}
	return 0;
}
