// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The entry points of the image that the stock vDSO has too, and now_ns(). If the clock
 * cannot be read from the pages, each makes the system call and returns its result, 0 or
 * -errno, like the kernel's vDSO. Pointers are not checked: a bad one faults.
 *
 * A clock is read on the first of these levels that can. Each level is the tail call of the
 * one above, so that the first needs no stack:
 *	entry, _realtime, _any_clock	time page, counter mode, a single attempt
 *	_pvclock			time page in that mode and the hypervisor's page, a single attempt
 *	_hvclock			the same for Hyper-V's clock
 *	_slow				steered page, a single attempt
 *	_any_source			the page and mode that the time page names, with retries
 *	_syscall			the kernel
 *
 * The names are the project's own, the same on every architecture, in version FASTVDSO_1.0.
 * arch/ARCH/names.h has the names that libc looks up.
 */
#include <linux/fastvdso.h>

#include "pages.h"
#include "syscall.h"

/* The layout of the 64-bit system call. */
struct timeval64 {
	__s64	sec;
	__s64	usec;
};

static const struct fastvdso_source steered_source = {
	.page = &fastvdso_steered_page, .mode = FASTVDSO_CLOCK_STEERED, .mode_page = &fastvdso_cpu_page,
	.single_attempt = 1,
};

fastvdso_inline int read_clock(__s32 id, struct fastvdso_reading *now)
{
	return fastvdso_read_clock(&counter_source, &fastvdso_ns_page, id, now, NULL);
}

/* The steered page is valid only while the time page says FASTVDSO_CLOCK_NONE. */
fastvdso_inline int read_steered_clock(__s32 id, struct fastvdso_reading *now, __u64 *bound)
{
	return fastvdso_current_mode() == FASTVDSO_CLOCK_NONE &&
	       fastvdso_read_clock(&steered_source, &fastvdso_ns_page, id, now, bound);
}

int fastvdso_find_source(struct fastvdso_source *source, int steer)
{
	source->page = &fastvdso_time_page;
	source->mode = fastvdso_current_mode();
	source->mode_page = NULL;
	source->single_attempt = 0;
	source->unordered = 0;
	switch (source->mode) {
	case FASTVDSO_CLOCK_COUNTER:
		return 1;
	case FASTVDSO_CLOCK_PVCLOCK:
	case FASTVDSO_CLOCK_HVCLOCK:
		source->mode_page = fastvdso_hypervisor_page;
		return fastvdso_has_hypervisor_page(&fastvdso_ns_page);
	case FASTVDSO_CLOCK_NONE:
		source->page = &fastvdso_steered_page;
		source->mode = FASTVDSO_CLOCK_STEERED;
		source->mode_page = &fastvdso_cpu_page;
		return steer;
	default:
		return 0;
	}
}

static COLD int read_clock_any_source(__s32 id, struct fastvdso_reading *now, int steer,
				      __u64 *bound)
{
	struct fastvdso_source source;

	/* Where clocks could be steered, but are not, every call comes here. */
	if (fastvdso_current_mode() == FASTVDSO_CLOCK_NONE &&
	    fastvdso_load(fastvdso_steered_page.hres[0].clock.clock_mode) == FASTVDSO_CLOCK_NONE)
		return 0;
	return fastvdso_find_source(&source, steer) &&
	       fastvdso_read_clock(&source, &fastvdso_ns_page, id, now, bound);
}

fastvdso_inline int read_pvclock(__s32 id, struct fastvdso_reading *now)
{
	return fastvdso_likely(fastvdso_read_hypervisor_clock(&pvclock_source, &fastvdso_ns_page, id, now));
}

fastvdso_inline int read_hvclock(__s32 id, struct fastvdso_reading *now)
{
	return fastvdso_likely(fastvdso_read_hypervisor_clock(&hvclock_source, &fastvdso_ns_page, id, now));
}

/* The process asked for steered clock_gettime() and gettimeofday(). */
fastvdso_inline int posix_is_steered(void)
{
	return (fastvdso_load(fastvdso_ns_page.flags) & FASTVDSO_NS_STEERED) != 0;
}

fastvdso_inline void to_timespec(struct fastvdso_reading *now, struct timespec64 *ts)
{
	fastvdso_normalise(now);
	ts->sec = now->sec;
	ts->nsec = (__s64)now->nsec;
}

/* User space cannot read the clocksource, and the process did not ask for steered calls. */
fastvdso_inline int needs_syscall(__u32 mode)
{
	return mode == FASTVDSO_CLOCK_NONE && !posix_is_steered();
}

/* The lower levels of clock_gettime() and gettimeofday(), which are steered only on request. */
fastvdso_inline int read_posix_clock_slow(__s32 id, struct fastvdso_reading *now)
{
	return !needs_syscall(fastvdso_current_mode()) &&
	       ((posix_is_steered() && fastvdso_likely(read_steered_clock(id, now, NULL))) ||
		read_clock_any_source(id, now, posix_is_steered(), NULL));
}

fastvdso_inline int clock_gettime_syscall(__s32 id, struct timespec64 *ts)
{
	return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, ts);
}

static NOINLINE int clock_gettime_slow(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	if (!read_posix_clock_slow(id, &now))
		return clock_gettime_syscall(id, ts);
	to_timespec(&now, ts);
	return 0;
}

/*
 * Without a stack frame, also for machines where every call ends in the system call. @ts comes first in
 * these functions, so that it stays in one register from one to the next.
 */
static NOINLINE int clock_gettime_no_mode(struct timespec64 *ts, __s32 id)
{
	if (needs_syscall(fastvdso_current_mode()))
		return clock_gettime_syscall(id, ts);
	return clock_gettime_slow(id, ts);
}

/*
 * The attempts to read one clock from the pages of KVM and of Hyper-V. Each clock has functions of its
 * own, because to find its base and offsets by its id would take a quarter more instructions.
 */
#define HYPERVISOR_CLOCK(name, id)								\
static NOINLINE HVCLOCK int clock_gettime_hvclock_##name(struct timespec64 *ts)		\
{												\
	struct fastvdso_reading now;								\
												\
	if (!read_hvclock(id, &now))								\
		return clock_gettime_no_mode(ts, id);						\
	to_timespec(&now, ts);									\
	return 0;										\
}												\
												\
static NOINLINE GETTIME int clock_gettime_pvclock_##name(struct timespec64 *ts)		\
{												\
	struct fastvdso_reading now;								\
												\
	if (!read_pvclock(id, &now))								\
		return clock_gettime_hvclock_##name(ts);					\
	to_timespec(&now, ts);									\
	return 0;										\
}

HYPERVISOR_CLOCK(monotonic, FASTVDSO_MONOTONIC)
HYPERVISOR_CLOCK(realtime, FASTVDSO_REALTIME)
HYPERVISOR_CLOCK(raw, FASTVDSO_MONOTONIC_RAW)
HYPERVISOR_CLOCK(boottime, FASTVDSO_BOOTTIME)
HYPERVISOR_CLOCK(tai, FASTVDSO_TAI)

/* Read one clock in counter mode, or pass it on to @next. */
fastvdso_inline int clock_gettime_counter(__s32 id, struct timespec64 *ts, int (*next)(struct timespec64 *ts))
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_clock(id, &now)))
		return next(ts);
	to_timespec(&now, ts);
	return 0;
}

static NOINLINE GETTIME int clock_gettime_any_clock(struct timespec64 *ts, __s32 id)
{
	if (id == FASTVDSO_MONOTONIC_RAW)
		return clock_gettime_counter(FASTVDSO_MONOTONIC_RAW, ts, clock_gettime_pvclock_raw);
	if (id == FASTVDSO_BOOTTIME)
		return clock_gettime_counter(FASTVDSO_BOOTTIME, ts, clock_gettime_pvclock_boottime);
	if (id == FASTVDSO_TAI)
		return clock_gettime_counter(FASTVDSO_TAI, ts, clock_gettime_pvclock_tai);
	/* Callers have handled the other clocks of the time page. */
	return fastvdso_gettime_cpu_time(ts, id);
}

/* The clocks that are read most have a function each, so that it needs to save no registers. */
static NOINLINE GETTIME int clock_gettime_realtime(struct timespec64 *ts, __s32 id)
{
	if (fastvdso_unlikely(id != FASTVDSO_REALTIME))
		return clock_gettime_any_clock(ts, id);
	return clock_gettime_counter(FASTVDSO_REALTIME, ts, clock_gettime_pvclock_realtime);
}

/* The coarse clocks are tested first, since the tests are most of what they cost. */
ENTRY GETTIME int __fastvdso_clock_gettime(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(fastvdso_is_coarse(id))) {
		fastvdso_read_coarse(&fastvdso_time_page, &fastvdso_ns_page, id, &now);
		ts->sec = now.sec;
		ts->nsec = (__s64)now.nsec;
		return 0;
	}
	if (fastvdso_unlikely(id != FASTVDSO_MONOTONIC))
		return clock_gettime_realtime(ts, id);
	return clock_gettime_counter(FASTVDSO_MONOTONIC, ts, clock_gettime_pvclock_monotonic);
}

fastvdso_inline void to_timeval(struct fastvdso_reading *now, struct timeval64 *tv)
{
	fastvdso_normalise(now);
	tv->sec = now->sec;
	tv->usec = (__u32)now->nsec / 1000;
}

#ifdef FASTVDSO_ARCH_TIMEVAL32

/* The system call knows 32-bit seconds only. The timezone is the same in both. */
static COLD int gettimeofday_syscall(struct timeval64 *tv, void *tz)
{
	struct timespec64 ts;
	int ret;

	if (tv) {
		ret = clock_gettime_syscall(FASTVDSO_REALTIME, &ts);
		if (ret)
			return ret;
		tv->sec = ts.sec;
		tv->usec = (__u32)ts.nsec / 1000;
	}
	return tz ? (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, 0, tz) : 0;
}

#else

fastvdso_inline int gettimeofday_syscall(struct timeval64 *tv, void *tz)
{
	return (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, (long)tv, tz);
}

#endif

static NOINLINE int gettimeofday_slow(struct timeval64 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (!tv && !tz)
		return 0;
	if (tz || !read_posix_clock_slow(FASTVDSO_REALTIME, &now))
		return gettimeofday_syscall(tv, tz);
	to_timeval(&now, tv);
	return 0;
}

static NOINLINE HVCLOCK int gettimeofday_hvclock(struct timeval64 *tv)
{
	struct fastvdso_reading now;

	if (!read_hvclock(FASTVDSO_REALTIME, &now))
		return gettimeofday_slow(tv, NULL);
	to_timeval(&now, tv);
	return 0;
}

static NOINLINE NOW_NS int gettimeofday_pvclock(struct timeval64 *tv)
{
	struct fastvdso_reading now;

	if (!read_pvclock(FASTVDSO_REALTIME, &now))
		return gettimeofday_hvclock(tv);
	to_timeval(&now, tv);
	return 0;
}

/*
 * The timezone is read by the system call: the kernel does not notify of changes, so a copy
 * on the page would be wrong for up to a tick, and few programs ask for it.
 */
ENTRY NOW_NS int __fastvdso_gettimeofday(struct timeval64 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(tz || !tv))
		return gettimeofday_slow(tv, tz);
	if (fastvdso_unlikely(!read_clock(FASTVDSO_REALTIME, &now)))
		return gettimeofday_pvclock(tv);
	to_timeval(&now, tv);
	return 0;
}

ENTRY __s64 __fastvdso_time(__s64 *t)
{
	__s64 sec = fastvdso_load_whole(fastvdso_time_page.hres[0].real_sec);

	if (t)
		*t = sec;
	return sec;
}

/* Return 0 for clocks whose resolution only the kernel knows. */
fastvdso_inline int read_resolution(__s32 id, __u32 *nsec)
{
	if (fastvdso_likely((__u32)id < 32 && FASTVDSO_FINE_CLOCKS >> id & 1))
		*nsec = fastvdso_load(fastvdso_time_page.hrtimer_res);
	else if (fastvdso_is_coarse(id))
		*nsec = fastvdso_load(fastvdso_time_page.coarse_res);
	else if (fastvdso_is_cpu_time(id))
		*nsec = 1;
	else
		return 0;
	return 1;
}

ENTRY int __fastvdso_clock_getres(__s32 id, struct timespec64 *res)
{
	__u32 nsec;

	if (!read_resolution(id, &nsec))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_getres, id, res);
	if (res) {
		res->sec = 0;
		res->nsec = nsec;
	}
	return 0;
}

ENTRY long __fastvdso_getcpu(__u32 *cpu, __u32 *node, void *unused)
{
	__u32 cpunode;

	(void)unused;
	/* Before the register is read, because instructions after LSL wait for it. */
	if (fastvdso_unlikely(fastvdso_load(fastvdso_time_page.getcpu_syscall)))
		return fastvdso_arch_syscall2(FASTVDSO_NR_getcpu, (long)cpu, node);
	cpunode = fastvdso_arch_cpunode();
	if (cpu)
		*cpu = cpunode & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	if (node)
		*node = cpunode >> FASTVDSO_CPUNODE_BITS;
	return 0;
}

static COLD __s64 now_ns_any_source(__s32 id, __u64 *bound)
{
	struct fastvdso_reading now;
	__u64 steered_bound = 0;

	if (read_clock_any_source(id, &now, 1, &steered_bound)) {
		if (bound)
			*bound = steered_bound;
		return fastvdso_reading_to_nsec(&now);
	}
	return fastvdso_now_ns_syscall(id);
}

NOINLINE __s64 fastvdso_now_ns_slow(__s32 id)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_steered_clock(id, &now, NULL)))
		return now_ns_any_source(id, NULL);
	return fastvdso_reading_to_nsec(&now);
}

static NOINLINE HVCLOCK __s64 now_ns_hvclock(__s32 id)
{
	return fastvdso_now_ns_hypervisor(&hvclock_source, id, fastvdso_now_ns_slow);
}

static NOINLINE NOW_NS __s64 now_ns_pvclock(__s32 id)
{
	return fastvdso_now_ns_hypervisor(&pvclock_source, id, now_ns_hvclock);
}

/* The clocks that are read most, for which the choices by the id are made at compile time. */
#define HYPERVISOR_NOW_NS(name, clock)								\
static NOINLINE HVCLOCK __s64 now_ns_hvclock_##name(__s32 id)					\
{												\
	(void)id;										\
	return fastvdso_now_ns_hypervisor(&hvclock_source, clock, fastvdso_now_ns_slow);	\
}												\
												\
static NOINLINE NOW_NS __s64 now_ns_pvclock_##name(__s32 id)					\
{												\
	(void)id;										\
	return fastvdso_now_ns_hypervisor(&pvclock_source, clock, now_ns_hvclock_##name);	\
}

HYPERVISOR_NOW_NS(monotonic, FASTVDSO_MONOTONIC)
HYPERVISOR_NOW_NS(realtime, FASTVDSO_REALTIME)

fastvdso_inline __s64 now_ns_step(__s32 id, __s32 expected, __s64 (*hypervisor)(__s32 id),
				  __s64 (*next)(__s32 id))
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(id != expected))
		return next(id);
	if (fastvdso_unlikely(!read_clock(expected, &now)))
		return hypervisor(expected);
	return fastvdso_reading_to_nsec(&now);
}

static NOINLINE NOW_NS __s64 now_ns_any_clock(__s32 id)
{
	struct fastvdso_reading now;

	/* Callers have handled these. */
	if (id == FASTVDSO_MONOTONIC || id == FASTVDSO_REALTIME)
		__builtin_unreachable();
	if (fastvdso_unlikely(!read_clock(id, &now)))
		return fastvdso_is_fine(id) ? now_ns_pvclock(id) : fastvdso_now_ns_cpu_time(id);
	return fastvdso_reading_to_nsec(&now);
}

static NOINLINE NOW_NS __s64 now_ns_realtime(__s32 id)
{
	return now_ns_step(id, FASTVDSO_REALTIME, now_ns_pvclock_realtime, now_ns_any_clock);
}

ENTRY NOW_NS __s64 __fastvdso_now_ns(__s32 id)
{
	return now_ns_step(id, FASTVDSO_MONOTONIC, now_ns_pvclock_monotonic, now_ns_realtime);
}

/*
 * Nanoseconds since the epoch of the clock, or -errno of the system call. @bound is how far
 * they may be from the result of the system call: 0 unless they are steered.
 */
ENTRY __s64 __fastvdso_now_ns_bound(__s32 id, __u64 *bound)
{
	struct fastvdso_reading now;
	__u64 steered_bound = 0;

	*bound = 0;
	if (fastvdso_unlikely(!read_clock(id, &now))) {
		if (fastvdso_unlikely(!read_steered_clock(id, &now, &steered_bound)))
			return now_ns_any_source(id, bound);
		*bound = steered_bound;
	}
	return fastvdso_reading_to_nsec(&now);
}

ENTRY void __fastvdso_time_info(struct fastvdso_time_info *info)
{
	fastvdso_read_time_info(&fastvdso_time_page, info);
}

#include "names.h"
