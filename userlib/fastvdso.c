// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The public calls: each loads the table in use, which is always complete, and jumps through it. */
#define _GNU_SOURCE
#include "calls.h"
#include "own_cpu.h"
#include "random.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#ifndef GRND_INSECURE
#define GRND_INSECURE	4	/* Linux 5.6; not in every libc */
#endif

/* Always valid, so that the calls need neither a check nor a lock. */
static _Atomic(const struct fastvdso_calls *) current = &fastvdso_libc_calls;

void fastvdso_use_calls(const struct fastvdso_calls *calls)
{
	atomic_store_explicit(&current, calls, memory_order_release);
}

static inline const struct fastvdso_calls *calls(void)
{
	return atomic_load_explicit(&current, memory_order_acquire);
}

int fastvdso_clock_gettime(clockid_t clock, struct timespec *ts)
{
	return calls()->clock_gettime(clock, ts);
}

int64_t fastvdso_now_ns(clockid_t clock)
{
	return calls()->now_ns(clock);
}

int64_t fastvdso_now_ns_bound(clockid_t clock, uint64_t *bound)
{
	return calls()->now_ns_bound(clock, bound);
}

int fastvdso_gettimeofday(struct timeval *tv, void *tz)
{
	return calls()->gettimeofday(tv, tz);
}

time_t fastvdso_time(time_t *t)
{
	return calls()->time(t);
}

int fastvdso_clock_getres(clockid_t clock, struct timespec *res)
{
	return calls()->clock_getres(clock, res);
}

static inline int getcpu_by(const struct fastvdso_calls *by, unsigned int *cpu, unsigned int *node)
{
	return fastvdso_own_cpu(cpu, node) ? 0 : (int)by->getcpu(cpu, node, NULL);
}

int fastvdso_getcpu(unsigned int *cpu, unsigned int *node)
{
	return getcpu_by(calls(), cpu, node);
}

int64_t fastvdso_now_ns_unordered(clockid_t clock)
{
	return calls()->now_ns_unordered(clock);
}

uint64_t fastvdso_ticks(void)
{
	return calls()->ticks();
}

int64_t fastvdso_ticks_to_ns(clockid_t clock, uint64_t ticks)
{
	return calls()->ticks_to_ns(clock, ticks);
}

int fastvdso_ns_to_ticks(clockid_t clock, int64_t ns, uint64_t *ticks)
{
	return calls()->ns_to_ticks(clock, ns, ticks);
}

int fastvdso_counter_info(struct fastvdso_counter_info *info)
{
	return calls()->counter_info(info);
}

/* Without a counter, read one clock after another; the time that takes is the bound. */
static int snapshot_by_calls(const struct fastvdso_calls *by, struct fastvdso_snapshot *snapshot)
{
	int64_t begin = by->now_ns(CLOCK_MONOTONIC), end;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->realtime = by->now_ns(CLOCK_REALTIME);
	snapshot->tai = by->now_ns(CLOCK_TAI);
	snapshot->boottime = by->now_ns(CLOCK_BOOTTIME);
	snapshot->monotonic_raw = by->now_ns(CLOCK_MONOTONIC_RAW);
	getcpu_by(by, &snapshot->cpu, &snapshot->node);
	end = by->now_ns(CLOCK_MONOTONIC);
	if (begin < 0 || end < 0)
		return begin < 0 ? (int)begin : (int)end;
	snapshot->monotonic = begin;
	snapshot->bound = (uint64_t)(end - begin);
	return 0;
}

int fastvdso_snapshot(struct fastvdso_snapshot *snapshot)
{
	const struct fastvdso_calls *by = calls();

	if (by->snapshot(snapshot))
		return snapshot_by_calls(by, snapshot);
	if (!FASTVDSO_SNAPSHOT_HAS_CPU)
		getcpu_by(by, &snapshot->cpu, &snapshot->node);
	return 0;
}

/* Once the kernel's generator is ready, all flags that the kernel knows have the same effect. */
static int is_random_flag(unsigned int flags)
{
	const unsigned int exclusive = GRND_RANDOM | GRND_INSECURE;

	return !(flags & ~(GRND_NONBLOCK | exclusive)) && (flags & exclusive) != exclusive;
}

ssize_t fastvdso_getrandom(void *buffer, size_t length, unsigned int flags)
{
	if (is_random_flag(flags) && fastvdso_random_fill(buffer, length))
		return (ssize_t)length;
	return fastvdso_libc_getrandom(buffer, length, flags);
}

/* How often this thread has been switched out. It cannot fail. */
static uint64_t switches_by_libc(void)
{
	struct rusage usage = { .ru_nvcsw = 0 };
	int saved = errno;

	getrusage(RUSAGE_THREAD, &usage);
	errno = saved;
	return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
}

/* One after another. The time that takes, and the bound of a steered clock, are the bound. */
static int cpu_times_by_calls(const struct fastvdso_calls *by, struct fastvdso_cpu_times *times)
{
	int64_t begin, thread, process, end;
	uint64_t bound, end_bound;
	unsigned int cpu = 0, node;

	begin = by->now_ns_bound(CLOCK_MONOTONIC, &bound);
	thread = by->now_ns(CLOCK_THREAD_CPUTIME_ID);
	process = by->now_ns(CLOCK_PROCESS_CPUTIME_ID);
	getcpu_by(by, &cpu, &node);
	end = by->now_ns_bound(CLOCK_MONOTONIC, &end_bound);
	/* A seccomp filter may refuse any of them. */
	if (begin < 0 || thread < 0 || process < 0 || end < 0)
		return (int)(begin < 0 ? begin : thread < 0 ? thread : process < 0 ? process : end);
	*times = (struct fastvdso_cpu_times) {
		.thread = thread, .process = process, .monotonic = begin, .switches = switches_by_libc(),
		.bound = (uint64_t)(end - begin) + bound + end_bound, .cpu = cpu,
	};
	return 0;
}

int fastvdso_cpu_times(struct fastvdso_cpu_times *times)
{
	const struct fastvdso_calls *by = calls();

	return by->cpu_times(times) ? cpu_times_by_calls(by, times) : 0;
}
