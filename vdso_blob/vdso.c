// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The entry points of the image. Each is the reader and, where the page does
 * not serve, the system call with its own return value: 0 or -errno, as in the
 * kernel's vDSO. Pointers are written without a check: a bad one faults.
 *
 * The names here are the project's own, the same on every architecture, in version
 * FASTVDSO_1.0. The names by which libc looks for them are those of arch/ARCH/names.h.
 */
#include <linux/fastvdso.h>

#include "barrier.h"
#include "counter.h"
#include "syscall.h"
#include "reader.h"

/* Where the pages stand, by the linker script: below the image. */
extern const struct fastvdso_ns_page fastvdso_ns_page
	__attribute__((visibility("hidden")));
extern const struct fastvdso_time_page fastvdso_time_page
	__attribute__((visibility("hidden")));

/* The layouts of the 64-bit system calls. */
struct timespec64 {
	__s64	sec;
	__s64	nsec;
};

struct timeval64 {
	__s64	sec;
	__s64	usec;
};

#define ENTRY		__attribute__((visibility("default")))
#define ALIAS(of)	__attribute__((visibility("default"), alias(#of)))
#define WEAK_ALIAS(of)	__attribute__((visibility("default"), weak, alias(#of)))

fastvdso_inline int read_clock(__s32 id, struct fastvdso_reading *now)
{
	return fastvdso_read_clock(&fastvdso_ns_page, &fastvdso_time_page, id, now);
}

static __attribute__((__noinline__, __cold__)) long clock_gettime_fallback(__s32 id,
								   struct timespec64 *ts)
{
	return fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, ts);
}

ENTRY int __fastvdso_clock_gettime(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_clock(id, &now)))
		return (int)clock_gettime_fallback(id, ts);
	fastvdso_normalise(&now);
	ts->sec = now.sec;
	ts->nsec = (__s64)now.nsec;
	return 0;
}

/*
 * The timezone comes from the kernel: it tells no one when it changes, so a copy
 * on the page would be wrong for up to a tick, and hardly anybody asks.
 */
ENTRY int __fastvdso_gettimeofday(struct timeval64 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(tz))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, (long)tv, tz);
	if (fastvdso_unlikely(!tv))
		return 0;
	if (fastvdso_unlikely(!read_clock(FASTVDSO_REALTIME, &now)))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, (long)tv, tz);
	fastvdso_normalise(&now);
	tv->sec = now.sec;
	tv->usec = (__u32)now.nsec / 1000;
	return 0;
}

ENTRY __s64 __fastvdso_time(__s64 *t)
{
	__s64 sec = fastvdso_load(fastvdso_time_page.hres[0].real_sec);

	if (t)
		*t = sec;
	return sec;
}

ENTRY int __fastvdso_clock_getres(__s32 id, struct timespec64 *res)
{
	__u32 bit = (__u32)id < 32 ? 1u << id : 0;
	__u32 nsec;

	if (bit & FASTVDSO_FINE_CLOCKS)
		nsec = fastvdso_load(fastvdso_time_page.hrtimer_res);
	else if (bit & FASTVDSO_COARSE_CLOCKS)
		nsec = fastvdso_load(fastvdso_time_page.coarse_res);
	else
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_getres, id, res);
	if (res) {
		res->sec = 0;
		res->nsec = nsec;
	}
	return 0;
}

ENTRY long __fastvdso_getcpu(__u32 *cpu, __u32 *node, void *unused)
{
	__u32 cpunode = fastvdso_arch_cpunode();

	(void)unused;
	if (cpu)
		*cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	if (node)
		*node = cpunode >> FASTVDSO_CPUNODE_BITS;
	return 0;
}

/* Nanoseconds since the epoch of the clock, or -errno of the system call. */
ENTRY __s64 __fastvdso_now_ns(__s32 id)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_clock(id, &now))) {
		struct timespec64 ts = { 0, 0 };
		long ret = clock_gettime_fallback(id, &ts);

		if (ret)
			return ret;
		now.sec = ts.sec;
		now.nsec = (__u64)ts.nsec;
	}
	return fastvdso_reading_to_nsec(&now);
}

ENTRY void __fastvdso_time_info(struct fastvdso_time_info *info)
{
	fastvdso_read_time_info(&fastvdso_time_page, info);
}

#include "names.h"
