// SPDX-License-Identifier: GPL-2.0
/* What each call costs: fastvdso, libc and the system call in turn, round after round. */
#define _GNU_SOURCE
#include "tool.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS		21
#define ROUND_NS	2000000	/* how long one round of one way should take */

/* One way to make a call, `count` times. */
typedef void loop(int clock, long count);

#define LOOP(name, call)						\
static void name(int clock, long count)					\
{									\
	struct timespec ts; struct timeval tv; unsigned int cpu, node;	\
	(void)clock; (void)ts; (void)tv; (void)cpu; (void)node;		\
	while (count--) {						\
		call;							\
		__asm__ __volatile__("" : : : "memory");		\
	}								\
}

LOOP(fast_gettime, fastvdso_clock_gettime(clock, &ts))
LOOP(libc_gettime, clock_gettime(clock, &ts))
LOOP(kernel_gettime, syscall(SYS_clock_gettime, clock, &ts))
LOOP(fast_now, fastvdso_now_ns(clock))
LOOP(fast_gettimeofday, fastvdso_gettimeofday(&tv, NULL))
LOOP(libc_gettimeofday, gettimeofday(&tv, NULL))
LOOP(kernel_gettimeofday, syscall(SYS_gettimeofday, &tv, NULL))
LOOP(fast_time, fastvdso_time(NULL))
LOOP(libc_time, time(NULL))
LOOP(kernel_time, syscall(SYS_time, NULL))
LOOP(fast_getres, fastvdso_clock_getres(clock, &ts))
LOOP(libc_getres, clock_getres(clock, &ts))
LOOP(kernel_getres, syscall(SYS_clock_getres, clock, &ts))
LOOP(fast_getcpu, fastvdso_getcpu(&cpu, &node))
LOOP(libc_getcpu, getcpu(&cpu, &node))
LOOP(kernel_getcpu, syscall(SYS_getcpu, &cpu, &node, NULL))

struct call {
	char	name[40];
	int	clock;
	loop	*ways[WAYS];
	double	ns[WAYS];	/* medians */
	double	best[WAYS];
};

static double now(void)
{
	struct timespec ts;

	syscall_clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)timespec_ns(&ts);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double per_call(loop *way, int clock, long count)
{
	double start = now();

	way(clock, count);
	return (now() - start) / (double)count;
}

/* The three ways take turns within every round: what disturbs one disturbs all. */
static void measure(struct call *call)
{
	double rounds[WAYS][ROUNDS];
	long count[WAYS];
	int way, round;

	for (way = 0; way < WAYS; way++) {
		double cost = per_call(call->ways[way], call->clock, 100);

		count[way] = (long)(ROUND_NS / (cost > 1 ? cost : 1)) + 1;
	}
	for (round = 0; round < ROUNDS; round++)
		for (way = 0; way < WAYS; way++)
			rounds[way][round] = per_call(call->ways[way], call->clock, count[way]);
	for (way = 0; way < WAYS; way++) {
		qsort(rounds[way], ROUNDS, sizeof(double), ascending);
		call->ns[way] = rounds[way][ROUNDS / 2];
		call->best[way] = rounds[way][0];
	}
}

void measure_clock_gettime(clockid_t clock, double ns[WAYS])
{
	struct call call = { .clock = clock, .ways = { fast_gettime, libc_gettime, kernel_gettime } };

	measure(&call);
	memcpy(ns, call.best, sizeof(call.best));
}

static void print_row(const struct call *call)
{
	printf("%-34s %9.1f %9.1f %11.1f %8.2fx %8.2fx\n", call->name, call->ns[FAST],
	       call->ns[LIBC], call->ns[KERNEL], call->ns[LIBC] / call->ns[FAST],
	       call->ns[KERNEL] / call->ns[FAST]);
	fflush(stdout);
}

static void print_json(const struct call *call)
{
	json_open(NULL, '{');
	json_string("call", call->name);
	json_real("fastvdso_ns", call->ns[FAST]);
	json_real("libc_ns", call->ns[LIBC]);
	json_real("syscall_ns", call->ns[KERNEL]);
	json_close('}');
}

static void run(struct call *call, int json)
{
	measure(call);
	if (json)
		print_json(call);
	else
		print_row(call);
}

/* Stay on one CPU: a move would be measured as time. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int cmd_bench(int argc, char **argv)
{
	static struct call others[] = {
		{ "now_ns(MONOTONIC)", CLOCK_MONOTONIC,
		  { fast_now, libc_gettime, kernel_gettime }, { 0 }, { 0 } },
		{ "gettimeofday", 0,
		  { fast_gettimeofday, libc_gettimeofday, kernel_gettimeofday }, { 0 }, { 0 } },
		{ "time", 0, { fast_time, libc_time, kernel_time }, { 0 }, { 0 } },
		{ "clock_getres(MONOTONIC)", CLOCK_MONOTONIC,
		  { fast_getres, libc_getres, kernel_getres }, { 0 }, { 0 } },
		{ "getcpu", 0, { fast_getcpu, libc_getcpu, kernel_getcpu }, { 0 }, { 0 } },
	};
	struct fastvdso_status status;
	struct options given;
	size_t i;

	if (parse_options(argc, argv, 0, "bench [--steered] [--json]", &given) < 0)
		return EXIT_USAGE;
	open_pages(given.flags, &status);
	pin();
	if (given.json)
		json_open(NULL, '[');
	else
		printf("median of %d rounds, ns per call%s\n\n%-34s %9s %9s %11s %9s %9s\n", ROUNDS,
		       status.image ? "" : "; nothing is mapped, so fastvdso is libc",
		       "call", "fastvdso", "libc", "system call", "vs libc", "vs call");
	for (i = 0; i < clock_count; i++) {
		struct call call = { .clock = clock_names[i].id,
				     .ways = { fast_gettime, libc_gettime, kernel_gettime } };

		snprintf(call.name, sizeof(call.name), "clock_gettime(%s)", clock_names[i].name);
		run(&call, given.json);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		run(&others[i], given.json);
	if (given.json)
		json_close(']');
	return exit_status(&status);
}
