// SPDX-License-Identifier: GPL-2.0
/* fastvdso bench: the cost of each call through fastvdso, the kernel's vDSO, libc and the system call. */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contenders.h"
#include "report.h"
#include "shapes.h"
#include "ticks.h"

#define ROUNDS		51
#define SAMPLES		100000
#define MONOTONIC	"clock_gettime(MONOTONIC)"

static const struct contenders_function library[] = {
	{ "clock_gettime", fastvdso_clock_gettime },
	{ "now_ns", fastvdso_now_ns },
	{ "now_ns_unordered", fastvdso_now_ns_unordered },
	{ "ticks", fastvdso_ticks },
	{ "ticks_to_ns", fastvdso_ticks_to_ns },
	{ "ns_to_ticks", fastvdso_ns_to_ticks },
	{ "snapshot", fastvdso_snapshot },
	{ "gettimeofday", fastvdso_gettimeofday },
	{ "time", fastvdso_time },
	{ "clock_getres", fastvdso_clock_getres },
	{ "getcpu", fastvdso_getcpu },
};

static const struct bench_rounds plan = { .rounds = ROUNDS, .batches = 5, .batch_ns = 20000 };

void measure_clock_gettime(clockid_t clock, double ns[WAYS])
{
	struct bench_contender ways[WAYS] = {
		{ .call = { bench_gettime, fastvdso_clock_gettime, clock } },
		{ .call = { bench_gettime, clock_gettime, clock } },
		{ .call = { bench_gettime, bench_call_gettime, clock } },
	};
	int way;

	memset(ns, 0, WAYS * sizeof(*ns));
	if (bench_throughput(ways, WAYS, &plan))
		return;
	for (way = 0; way < WAYS; way++)
		ns[way] = ways[way].best;
}

static uint64_t read_counter(void)
{
	return bench_ticks_begin();
}

static uint64_t enter_kernel(void)
{
	return (uint64_t)syscall(SYS_getppid);
}

static double measure(uint64_t (*call)(void))
{
	struct bench_contender one = { .call = { bench_plain, call, 0 } };

	return bench_throughput(&one, 1, &plan) ? 0 : one.best;
}

double measure_counter(void)
{
	return measure(read_counter);
}

double measure_empty_call(void)
{
	return measure(enter_kernel);
}

/* Single calls are timed only of one clock, each way to read it. */
static void choose_for_latency(struct contenders *to, const struct contenders *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (!strcmp(from->all[i].what, MONOTONIC) || !strcmp(from->all[i].what, "now_ns(MONOTONIC)"))
			contenders_add(to, &from->all[i]);
}

static void print_way(const struct contenders *measured, const char *key, const char *who, const char *what)
{
	const struct bench_contender *one = contenders_find(measured, who, what);

	if (one)
		json_real(key, one->ns);
}

static void print_json(const struct contenders *costs, const struct contenders *latencies)
{
	size_t i;

	json_open(NULL, '[');
	for (i = 0; i < costs->count; i++) {
		const struct bench_contender *one = &costs->all[i], *timed;
		const char *other = strncmp(one->what, "now_ns", 6) ? one->what : strchr(one->what, 'R') ?
				    "clock_gettime(REALTIME)" : MONOTONIC;

		if (strcmp(one->who, "fastvdso") != 0)
			continue;
		json_open(NULL, '{');
		json_string("call", one->what);
		json_real("fastvdso_ns", one->ns);
		print_way(costs, "stock_ns", "stock vDSO", other);
		print_way(costs, "libc_ns", "libc", other);
		print_way(costs, "syscall_ns", "system call", other);
		timed = contenders_find(latencies, one->who, one->what);
		if (timed)
			report_json_latency(&timed->latency);
		json_close('}');
	}
	json_close(']');
}

int cmd_bench(int argc, char **argv)
{
	static struct contenders costs, latencies;
	static const struct bench_samples samples = { .samples = SAMPLES, .block = 100 };
	static const char *const ways[] = { "fastvdso", "stock vDSO", "libc", "system call" };
	struct fastvdso_status status;
	struct options given;

	if (parse_options(argc, argv, 0, "bench [--steered] [--json]", &given) < 0)
		return EXIT_USAGE;
	open_pages(given.flags, &status);
	bench_pin(-1);
	contenders_add_functions(&costs, "fastvdso", library, ARRAY_SIZE(library));
	contenders_add_stock(&costs);
	contenders_add_libc(&costs);
	contenders_add_syscalls(&costs);
	if (bench_throughput(costs.all, costs.count, &plan))
		return EXIT_BROKEN;
	choose_for_latency(&latencies, &costs);
	if (bench_latency(latencies.all, latencies.count, &samples))
		return EXIT_BROKEN;
	if (given.json) {
		print_json(&costs, &latencies);
		return exit_status(&status);
	}
	printf("medians of %d interleaved rounds%s\n\n", ROUNDS,
	       status.image ? "" : "; nothing is mapped, so fastvdso calls libc");
	report_costs("ns per call", &costs, ways, ARRAY_SIZE(ways));
	printf("\nreading MONOTONIC, ns\n");
	report_bars(&costs);
	report_latencies("single calls, ns", &latencies);
	return exit_status(&status);
}
