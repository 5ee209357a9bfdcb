// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "cpu_lines.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <linux/fastvdso.h>

#include "shapes.h"

#define PAGE	4096
#define SHIFT	20

/* The CPU time that lines begin with, which tells it from the system call's. */
#define MADE_NS	(INT64_C(1) << 60)

static const struct {
	int		lines;
	const char	*who;
} counts[] = { { 2, "2 lines" }, { 8, "8 lines" }, { 64, "64 lines" } };

static const struct {
	const char	*symbol;
	const char	*what;
	bench_loop	*loop;
	int		clock;
} calls[] = {
	{ "__fastvdso_clock_gettime", "clock_gettime(THREAD_CPUTIME_ID)", bench_gettime,
	  CLOCK_THREAD_CPUTIME_ID },
	{ "__fastvdso_clock_gettime", "clock_gettime(PROCESS_CPUTIME_ID)", bench_gettime,
	  CLOCK_PROCESS_CPUTIME_ID },
	{ "__fastvdso_now_ns", "now_ns(THREAD_CPUTIME_ID)", bench_now, CLOCK_THREAD_CPUTIME_ID },
	{ "__fastvdso_now_ns", "now_ns(PROCESS_CPUTIME_ID)", bench_now, CLOCK_PROCESS_CPUTIME_ID },
};

#define COUNTS	(sizeof(counts) / sizeof(counts[0]))
#define CALLS	(sizeof(calls) / sizeof(calls[0]))

/* Write the line of this CPU and those of the following ones. None: as if the process were not recorded. */
static void write_lines(const struct made_page *made, int lines)
{
	struct fastvdso_time_page *time = (void *)((char *)made->data + FASTVDSO_PAGE_TIME * PAGE);
	struct fastvdso_cpu_time_pages *pages = (void *)((char *)made->data + FASTVDSO_PAGE_CPU_TIME * PAGE);
	int cpu = sched_getcpu();

	memset(pages, 0, sizeof(*pages));
	memset(&time->task_clock, 0, sizeof(time->task_clock));
	time->task_clock.mult = (__u32)(bench_ns_per_tick() * (1 << SHIFT));
	time->task_clock.shift = SHIFT;
	pages->single_threaded = 1;
	for (; lines; lines--, cpu++) {
		struct fastvdso_cpu_time_line *line = &pages->line[cpu % FASTVDSO_CPU_TIME_CPUS];

		line->runtime = (__u64)MADE_NS;
		line->seq = 1;
	}
}

static int measure_calls(struct contenders *to, const char *who, const struct made_page *made,
			 const struct bench_rounds *plan)
{
	struct bench_contender all[CALLS] = { { .who = NULL } };
	size_t count = 0, i;
	int error;

	for (i = 0; i < CALLS; i++) {
		struct bench_contender *one = &all[count];

		one->who = who;
		one->what = calls[i].what;
		one->call.loop = calls[i].loop;
		one->call.clock = calls[i].clock;
		if (made)
			one->call.function = fastvdso_elf_function(&made->elf, calls[i].symbol,
								   "FASTVDSO_1.0");
		else if (calls[i].loop == bench_gettime)
			one->call.function = bench_call_gettime;
		count += one->call.function != NULL;
	}
	/* If the image made the system call, this would measure that. */
	if (!count || (made && bench_read(&all[0].call) < MADE_NS))
		return 0;
	error = bench_throughput(all, count, plan);
	for (i = 0; i < count && !error; i++)
		contenders_add(to, &all[i]);
	return error;
}

int cpu_lines_measure(struct contenders *to, const struct made_page *made, const struct bench_rounds *plan)
{
	int error = measure_calls(to, "system call", NULL, plan);
	size_t i;

	for (i = 0; i < COUNTS && !error; i++) {
		write_lines(made, counts[i].lines);
		error = measure_calls(to, counts[i].who, made, plan);
	}
	write_lines(made, 0);
	return error;
}
