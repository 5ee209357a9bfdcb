// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Entry points of the CPU-time clocks. Without pages, and for process time once there was a second thread,
 * they make the system call; cpu_times() returns -EOPNOTSUPP.
 */
#include <linux/fastvdso.h>

#include "cpu_time.h"
#include "pages.h"
#include "syscall.h"
#include "tick_reader.h"

GETTIME int fastvdso_gettime_cpu_time(struct timespec64 *ts, __s32 id)
{
	__u64 nsec;
	__u64 remainder;

	if (!fastvdso_read_own_cpu_clock(id, &nsec))
		return (int)fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, ts);
	ts->sec = (__s64)fastvdso_divide(nsec, FASTVDSO_NSEC_PER_SEC, &remainder);
	ts->nsec = (__s64)remainder;
	return 0;
}

__s64 fastvdso_now_ns_cpu_time(__s32 id)
{
	__u64 nsec;

	if (!fastvdso_read_own_cpu_clock(id, &nsec))
		return fastvdso_now_ns_syscall(id);
	return (__s64)nsec;
}

/* All of one instant, or none: -EOPNOTSUPP. */
ENTRY int __fastvdso_cpu_times(struct fastvdso_cpu_times *times)
{
	const struct fastvdso_task_clock *clock = &fastvdso_time_page.task_clock;
	struct fastvdso_cpu_time_reading now;
	struct fastvdso_line line;
	__s64 monotonic;

	if (!fastvdso_read_cpu_time(clock, &fastvdso_cpu_time_pages, &now) ||
	    !now.single_threaded ||
	    fastvdso_read_line(&counter_source, &fastvdso_ns_page, FASTVDSO_MONOTONIC, &line))
		return -FASTVDSO_EOPNOTSUPP;
	/* An update since the counter was read may have changed the rate. */
	if (fastvdso_unlikely((__s64)(now.counter - line.cycle_last) < 0))
		return -FASTVDSO_EOPNOTSUPP;
	monotonic = fastvdso_line_ticks_to_ns(&line, now.counter, 0);
	if (monotonic < 0)
		return -FASTVDSO_EOPNOTSUPP;
	times->thread = (__s64)now.thread;
	times->process = (__s64)now.thread;
	times->monotonic = monotonic;
	times->switches = now.switches;
	times->bound = now.bound;
	times->cpu = now.cpu;
	times->reserved = 0;
	return 0;
}
