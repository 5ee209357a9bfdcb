/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Read the CPU time of the calling thread from the CPU-time pages. Compiled into the image and into the
 * host tests.
 *
 * Why a reading is right: `seq` of the line was read before the counter, and is the same after it. The
 * counter was read on the CPU of the line. Whenever the scheduler switches to this thread there, the count
 * changes. So it was read after the last such switch before the counter was, which wrote the line for this
 * thread, and no other thread of the process has been switched to on that CPU since: the line is still this
 * thread's, even if the thread has moved to another CPU meanwhile. The count is 0 while the line is being
 * written. If the kernel does not count interrupts as CPU time, an interrupt sets the count to 0, and a system
 * call of the thread may have written the line again.
 */
#ifndef FASTVDSO_CPU_TIME_H
#define FASTVDSO_CPU_TIME_H

#include "cycles.h"
#include "latch.h"

struct fastvdso_cpu_time_reading {
	__u64	thread;		/* nanoseconds */
	__u64	switches;
	__u64	counter;
	__u32	cpu;
	__u32	single_threaded;	/* see struct fastvdso_cpu_time_pages */
	__u32	bound;
};

fastvdso_inline int fastvdso_is_cpu_time(__s32 id)
{
	return id == FASTVDSO_PROCESS_CPUTIME_ID || id == FASTVDSO_THREAD_CPUTIME_ID;
}

/* A single attempt. Return 0 if it failed: then make the system call. */
fastvdso_inline int fastvdso_read_cpu_time(const struct fastvdso_task_clock *clock,
					   const struct fastvdso_cpu_time_pages *pages,
					   struct fastvdso_cpu_time_reading *now)
{
	__u32 cpu = fastvdso_arch_cpunode() & ((1u << FASTVDSO_CPUNODE_BITS) - 1);
	__u32 clock_seq = fastvdso_load(clock->seq), seq, counter_cpu, shift, mult;
	const struct fastvdso_cpu_time_line *line;
	__u64 base;

	if (fastvdso_unlikely(cpu >= FASTVDSO_CPU_TIME_CPUS))
		return 0;
	line = &pages->line[cpu];
	/* Also if the clock is not valid: it becomes valid only after some process has touched its pages. */
	seq = fastvdso_load(line->seq);
	if (fastvdso_unlikely(clock_seq & 1) || fastvdso_unlikely(!seq))
		return 0;
	fastvdso_arch_rmb();
	/* Waits for the loads before it. */
	now->counter = fastvdso_arch_counter_cpu(&counter_cpu);
	fastvdso_arch_rmb();
	base = fastvdso_load(line->runtime) + fastvdso_load(clock->offset);
	mult = fastvdso_load(clock->mult);
	shift = fastvdso_load(clock->shift);
	now->switches = fastvdso_load(line->switches);
	now->single_threaded = fastvdso_load(pages->single_threaded);
	now->bound = fastvdso_load(clock->bound_ns);
	now->cpu = cpu;
	fastvdso_arch_rmb();
	if (fastvdso_unlikely((fastvdso_load(line->seq) ^ seq) |
			      (fastvdso_load(clock->seq) ^ clock_seq) | (counter_cpu ^ cpu)))
		return 0;
	now->thread = base + fastvdso_mul_add_shift(now->counter, mult, 0, shift & 63);
	return 1;
}

/* One of the two clocks, in nanoseconds. Return 0 if it cannot be read. */
fastvdso_inline int fastvdso_read_cpu_clock(const struct fastvdso_task_clock *clock,
					    const struct fastvdso_cpu_time_pages *pages, __s32 id,
					    __u64 *nsec)
{
	struct fastvdso_cpu_time_reading now;

	if (fastvdso_unlikely(!fastvdso_read_cpu_time(clock, pages, &now)))
		return 0;
	*nsec = now.thread;
	return id == FASTVDSO_THREAD_CPUTIME_ID || now.single_threaded;
}

#endif
