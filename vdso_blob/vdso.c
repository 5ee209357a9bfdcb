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

#include "pages.h"
#include "syscall.h"

/* The layouts of the 64-bit system calls. */
struct timespec64 {
	__s64	sec;
	__s64	nsec;
};

struct timeval64 {
	__s64	sec;
	__s64	usec;
};

static const struct fastvdso_source steered_source = {
	.page = &fastvdso_steered_page, .mode = FASTVDSO_CLOCK_STEERED, .mode_page = &fastvdso_cpu_page,
	.single_attempt = 1,
};

/*
 * Three ways to read a clock, each tried where the one before does not serve: from the
 * time page by the counter, which is nearly always; from the steered page; and with all
 * that can be, before the system call. Each is the end of the function before, so that
 * the first needs no stack.
 */
fastvdso_inline int read_clock(__s32 id, struct fastvdso_reading *now)
{
	return fastvdso_read_clock(&counter_source, &fastvdso_ns_page, id, now, NULL);
}

/* Not while the time page itself serves, also if only a reader with retries can say how. */
fastvdso_inline int read_steered_clock(__s32 id, struct fastvdso_reading *now, __u64 *bound)
{
	return fastvdso_load(fastvdso_time_page.hres[0].clock.clock_mode) == FASTVDSO_CLOCK_NONE &&
	       fastvdso_read_clock(&steered_source, &fastvdso_ns_page, id, now, bound);
}

int fastvdso_find_source(struct fastvdso_source *source, int steer)
{
	source->page = &fastvdso_time_page;
	source->mode = fastvdso_load(fastvdso_time_page.hres[0].clock.clock_mode);
	source->mode_page = NULL;
	source->single_attempt = 0;
	source->unordered = 0;
	switch (source->mode) {
	case FASTVDSO_CLOCK_COUNTER:
		return 1;
	case FASTVDSO_CLOCK_PVCLOCK:
	case FASTVDSO_CLOCK_HVCLOCK:
		source->mode_page = fastvdso_hypervisor_page;
		return (fastvdso_load(fastvdso_ns_page.flags) & FASTVDSO_NS_HYPERVISOR) != 0;
	case FASTVDSO_CLOCK_NONE:
		source->page = &fastvdso_steered_page;
		source->mode = FASTVDSO_CLOCK_STEERED;
		source->mode_page = &fastvdso_cpu_page;
		return steer;
	default:
		return 0;
	}
}

static COLD int read_clock_by_all_means(__s32 id, struct fastvdso_reading *now, int steer,
					__u64 *bound)
{
	struct fastvdso_source source;

	return fastvdso_find_source(&source, steer) &&
	       fastvdso_read_clock(&source, &fastvdso_ns_page, id, now, bound);
}

/* Whether the calls that POSIX names may be steered in this process. */
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

/* Whether nothing but the system call is left: user space cannot read the clocksource. */
fastvdso_inline int is_for_the_kernel(void)
{
	return fastvdso_load(fastvdso_time_page.hres[0].clock.clock_mode) == FASTVDSO_CLOCK_NONE &&
	       !posix_is_steered();
}

/* For the calls that POSIX names, where the time page does not serve: steered only if asked for. */
fastvdso_inline int read_posix_clock_otherwise(__s32 id, struct fastvdso_reading *now)
{
	return !is_for_the_kernel() &&
	       ((posix_is_steered() && fastvdso_likely(read_steered_clock(id, now, NULL))) ||
		read_clock_by_all_means(id, now, posix_is_steered(), NULL));
}

static __attribute__((__noinline__)) int clock_gettime_with_stack(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	if (!read_posix_clock_otherwise(id, &now))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, ts);
	to_timespec(&now, ts);
	return 0;
}

/* The way to the system call is short, for programs that are not steered where all calls take it. */
static __attribute__((__noinline__)) int clock_gettime_otherwise(__s32 id, struct timespec64 *ts)
{
	if (is_for_the_kernel())
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, ts);
	return clock_gettime_with_stack(id, ts);
}

/*
 * The clocks that are asked for most often have a function each, which so has the registers
 * for itself: it reads its clock, or passes on to `next`.
 */
fastvdso_inline int clock_gettime_step(__s32 id, struct timespec64 *ts, __s32 expected,
				       int (*next)(__s32 id, struct timespec64 *ts))
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(id != expected))
		return next(id, ts);
	if (fastvdso_unlikely(!read_clock(expected, &now)))
		return clock_gettime_otherwise(id, ts);
	to_timespec(&now, ts);
	return 0;
}

static __attribute__((__noinline__)) int clock_gettime_rest(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	/* These have been read by then. */
	if (id == FASTVDSO_MONOTONIC || id == FASTVDSO_REALTIME || fastvdso_is_coarse(id))
		__builtin_unreachable();
	if (fastvdso_unlikely(!read_clock(id, &now)))
		return clock_gettime_otherwise(id, ts);
	to_timespec(&now, ts);
	return 0;
}

static __attribute__((__noinline__)) int clock_gettime_realtime(__s32 id, struct timespec64 *ts)
{
	return clock_gettime_step(id, ts, FASTVDSO_REALTIME, clock_gettime_rest);
}

/* The coarse clocks come first: all they cost is the way to them. */
ENTRY int __fastvdso_clock_gettime(__s32 id, struct timespec64 *ts)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(fastvdso_is_coarse(id))) {
		fastvdso_read_coarse(&fastvdso_time_page, &fastvdso_ns_page, id, &now);
		ts->sec = now.sec;
		ts->nsec = (__s64)now.nsec;
		return 0;
	}
	return clock_gettime_step(id, ts, FASTVDSO_MONOTONIC, clock_gettime_realtime);
}

fastvdso_inline void to_timeval(struct fastvdso_reading *now, struct timeval64 *tv)
{
	fastvdso_normalise(now);
	tv->sec = now->sec;
	tv->usec = (__u32)now->nsec / 1000;
}

static __attribute__((__noinline__)) int gettimeofday_otherwise(struct timeval64 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (!tv && !tz)
		return 0;
	if (tz || !read_posix_clock_otherwise(FASTVDSO_REALTIME, &now))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_gettimeofday, (long)tv, tz);
	to_timeval(&now, tv);
	return 0;
}

/*
 * The timezone comes from the kernel: it tells no one when it changes, so a copy
 * on the page would be wrong for up to a tick, and hardly anybody asks.
 */
ENTRY int __fastvdso_gettimeofday(struct timeval64 *tv, void *tz)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(tz || !tv) || fastvdso_unlikely(!read_clock(FASTVDSO_REALTIME, &now)))
		return gettimeofday_otherwise(tv, tz);
	to_timeval(&now, tv);
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
	__u32 nsec;

	if (fastvdso_likely((__u32)id < 32 && FASTVDSO_FINE_CLOCKS >> id & 1))
		nsec = fastvdso_load(fastvdso_time_page.hrtimer_res);
	else if (fastvdso_is_coarse(id))
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

static COLD __s64 now_ns_fallback(__s32 id, __u64 *bound)
{
	struct fastvdso_reading now;
	struct timespec64 ts = { 0, 0 };
	__u64 steered_bound = 0;
	long ret;

	if (read_clock_by_all_means(id, &now, 1, &steered_bound)) {
		if (bound)
			*bound = steered_bound;
		return fastvdso_reading_to_nsec(&now);
	}
	ret = fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, &ts);
	return ret ? ret : ts.sec * (__s64)FASTVDSO_NSEC_PER_SEC + ts.nsec;
}

__attribute__((__noinline__)) __s64 fastvdso_now_ns_otherwise(__s32 id)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!read_steered_clock(id, &now, NULL)))
		return now_ns_fallback(id, NULL);
	return fastvdso_reading_to_nsec(&now);
}

fastvdso_inline __s64 now_ns_step(__s32 id, __s32 expected, __s64 (*next)(__s32 id))
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(id != expected))
		return next(id);
	if (fastvdso_unlikely(!read_clock(expected, &now)))
		return fastvdso_now_ns_otherwise(id);
	return fastvdso_reading_to_nsec(&now);
}

static __attribute__((__noinline__)) __s64 now_ns_rest(__s32 id)
{
	struct fastvdso_reading now;

	/* These have been read by then. */
	if (id == FASTVDSO_MONOTONIC || id == FASTVDSO_REALTIME)
		__builtin_unreachable();
	if (fastvdso_unlikely(!read_clock(id, &now)))
		return fastvdso_now_ns_otherwise(id);
	return fastvdso_reading_to_nsec(&now);
}

static __attribute__((__noinline__)) __s64 now_ns_realtime(__s32 id)
{
	return now_ns_step(id, FASTVDSO_REALTIME, now_ns_rest);
}

ENTRY __s64 __fastvdso_now_ns(__s32 id)
{
	return now_ns_step(id, FASTVDSO_MONOTONIC, now_ns_realtime);
}

/*
 * Nanoseconds since the epoch of the clock, or -errno of the system call; and how far
 * that may be from what the system call would have answered: 0 unless it is steered.
 */
ENTRY __s64 __fastvdso_now_ns_bound(__s32 id, __u64 *bound)
{
	struct fastvdso_reading now;
	__u64 steered_bound = 0;

	*bound = 0;
	if (fastvdso_unlikely(!read_clock(id, &now))) {
		if (fastvdso_unlikely(!read_steered_clock(id, &now, &steered_bound)))
			return now_ns_fallback(id, bound);
		*bound = steered_bound;
	}
	return fastvdso_reading_to_nsec(&now);
}

ENTRY void __fastvdso_time_info(struct fastvdso_time_info *info)
{
	fastvdso_read_time_info(&fastvdso_time_page, info);
}

#include "names.h"
