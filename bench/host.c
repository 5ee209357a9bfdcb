// SPDX-License-Identifier: GPL-2.0
/*
 * host [--quick] [--json FILE] [--peers FOLDER]: measure what each call costs on this machine, without
 * the module (see made_page.h).
 */
#define _GNU_SOURCE
#include "contenders.h"
#include "counters.h"
#include "cpu_lines.h"
#include "made_page.h"
#include "peers.h"
#include "report.h"
#include "stock_reader.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "json.h"
#include "read_line.h"
#include "ticks.h"

/* Conditions under which single calls are timed. */
static const struct condition {
	const char	*key;
	const char	*title;
	int		hz;	/* updates per second, by a writer on another CPU */
	int		cold;
} conditions[] = {
	{ "warm", "latency, warm, no writer", 0, 0 },
	{ "writer_250", "latency, a writer at 250 Hz", 250, 0 },
	{ "writer_1000", "latency, a writer at 1000 Hz", 1000, 0 },
	{ "cold", "latency, cold (cache lines flushed)", 0, 1 },
	{ "cold_writer_1000", "latency, cold, a writer at 1000 Hz", 1000, 1 },
};

#define CONDITIONS	(sizeof(conditions) / sizeof(conditions[0]))

/* Conditions under which the tail is measured in rounds: calls back to back, and 1 us apart. */
static const struct tail {
	const char	*key;
	const char	*title;
	int		hz;
	double		gap_ns;
} tails[] = {
	{ "tail_1000", "tail, a writer at 1000 Hz", 1000, 0 },
	{ "tail_250", "tail, a writer at 250 Hz", 250, 0 },
	{ "tail_1000_apart", "tail, at 1000 Hz, calls 1 us apart", 1000, 1000 },
	{ "tail_250_apart", "tail, at 250 Hz, calls 1 us apart", 250, 1000 },
};

#define TAILS		(sizeof(tails) / sizeof(tails[0]))
#define TAIL_ROUNDS	31
#define TAIL_WAYS	4

/* The clocks of hypervisors, on made pages. */
static struct {
	const char		*key;
	const char		*clocksource;
	__u8			mode;
	enum made_variant	first;		/* of the two images with this clock */
	struct contenders	costs;
} hypervisors[] = {
	{ .key = "pvclock_costs", .clocksource = "kvm-clock", .mode = FASTVDSO_CLOCK_PVCLOCK,
	  .first = MADE_PVCLOCK_RDTSCP },
	{ .key = "hvclock_costs", .clocksource = "hyperv_clocksource_tsc_page",
	  .mode = FASTVDSO_CLOCK_HVCLOCK, .first = MADE_HVCLOCK_RDTSCP },
};

#define HYPERVISORS	(sizeof(hypervisors) / sizeof(hypervisors[0]))

static struct contenders costs, cpu_lines, latencies[CONDITIONS], tail_latencies[TAILS];
static struct made_page made[MADE_VARIANTS];
static char clocksource[64];
static int reader_cpu, writer_cpu, quick;
static enum made_variant chosen;

/* The reader runs on the last allowed CPU, the writer on the first. writer_cpu is -1 if there is only one. */
static void choose_cpus(void)
{
	cpu_set_t set;
	int cpu;

	writer_cpu = -1;
	reader_cpu = -1;
	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			if (writer_cpu < 0)
				writer_cpu = cpu;
			reader_cpu = cpu;
		}
	if (writer_cpu == reader_cpu)
		writer_cpu = -1;
}

static void add_all(struct contenders *to, const char *peers)
{
	size_t i;

	for (i = 0; i < bench_counter_count; i++)
		contenders_add(to, &bench_counters[i]);
	for (i = 0; i < MADE_COUNTERS; i++) {
		const struct bench_range ranges[BENCH_RANGES] = {
			{ made[i].data, made[i].data_size }, { made[i].code, made[i].code_size },
		};
		static char who[MADE_COUNTERS][48];

		if (!made[i].counter)
			continue;
		snprintf(who[i], sizeof(who[i]), "fastvdso by %s", made[i].counter);
		contenders_add_image(to, i == chosen ? "fastvdso" : who[i], &made[i].elf, ranges,
				     i == chosen ? CONTENDERS_ALL : CONTENDERS_ESSENTIAL);
	}
	if (contenders_add_stock(to))
		fprintf(stderr, "bench: the kernel gave this process no vDSO: not measuring it\n");
	contenders_add_libc(to);
	contenders_add_syscalls(to);
	if (peers)
		contenders_add_peers(to, peers);
	for (i = 0; i < bench_step_count; i++)
		contenders_add(to, &bench_steps[i]);
}

/* The stock vDSO itself is measured as well if the kernel uses this clocksource. */
static void add_hypervisors(void)
{
	static const struct bench_range unknown[BENCH_RANGES];
	size_t i;

	for (i = 0; i < HYPERVISORS; i++) {
		struct contenders *to = &hypervisors[i].costs;

		to->scope = CONTENDERS_COUNTER;
		contenders_add_image(to, "fastvdso", &made[hypervisors[i].first + chosen].elf, unknown,
				     CONTENDERS_COUNTER);
		stock_reader_add(to, hypervisors[i].mode);
		if (!strcmp(clocksource, hypervisors[i].clocksource))
			contenders_add_stock(to);
	}
}

/* Skip the steps, clocks other than MONOTONIC and, if cold, calls whose memory is unknown. */
static int has_a_tail(const struct bench_contender *one, int cold)
{
	const char *clock = strchr(one->what, '(');

	return strcmp(one->who, "step") != 0 && (!clock || strstr(clock, "MONOTONIC)") != NULL) &&
	       (!cold || one->touches[0].size != 0);
}

/* Measure the latencies under one condition. Skipped if the machine lacks a second CPU or a flush. */
static int measure_latencies(const struct condition *condition, struct contenders *to)
{
	struct bench_samples samples = { .samples = quick ? 200 : 400000, .block = 100,
					 .cold = condition->cold, .before = made_pages_refresh };
	size_t i;
	int error = 0;

	if ((condition->hz && writer_cpu < 0) || (condition->cold && !bench_can_flush()))
		return 0;
	if (condition->cold && !quick)
		samples.samples /= 10;
	for (i = 0; i < costs.count; i++)
		if (has_a_tail(&costs.all[i], condition->cold))
			contenders_add(to, &costs.all[i]);
	if (condition->hz)
		error = made_writer_start(writer_cpu, condition->hz);
	if (error)
		return error;
	error = bench_latency(to->all, to->count, &samples);
	if (condition->hz)
		made_writer_stop();
	return error;
}

/* A percentile of the tail depends on few samples: measure it in many rounds, and take the median. */
static int measure_tail(const struct tail *tail, struct contenders *to)
{
	static const char *const who[] = { "stock vDSO", "fastvdso", "fastvdso", "counter" };
	const char *const what[] = { "clock_gettime(MONOTONIC)", "clock_gettime(MONOTONIC)",
				     "now_ns(MONOTONIC)", made[chosen].counter };
	const struct bench_samples samples = { .samples = quick ? 200 : 100000, .block = 100,
					       .gap_ns = tail->gap_ns };
	double p9999[TAIL_WAYS][TAIL_ROUNDS];
	int round, error = 0;
	size_t i;

	for (i = 0; i < TAIL_WAYS; i++) {
		const struct bench_contender *one = contenders_find(&costs, who[i], what[i]);

		if (one)
			contenders_add(to, one);
	}
	if (writer_cpu < 0 || to->count < TAIL_WAYS) {
		to->count = 0;
		return 0;
	}
	error = made_writer_start(writer_cpu, tail->hz);
	if (error)
		return error;
	for (round = 0; round < TAIL_ROUNDS && !error; round++) {
		error = bench_latency(to->all, to->count, &samples);
		for (i = 0; i < to->count; i++)
			p9999[i][round] = to->all[i].latency.p9999;
	}
	made_writer_stop();
	for (i = 0; i < to->count && !error; i++)
		to->all[i].latency.p9999 = bench_summarise(p9999[i], TAIL_ROUNDS).median;
	return error;
}

static int measure(void)
{
	const struct bench_rounds rounds = { .rounds = quick ? 5 : 501, .batches = quick ? 2 : 6,
					     .batch_ns = quick ? 2000 : 10000,
					     .before = made_pages_refresh };
	size_t k;
	int error = bench_throughput(costs.all, costs.count, &rounds);

	for (k = 0; k < HYPERVISORS && !error; k++)
		error = bench_throughput(hypervisors[k].costs.all, hypervisors[k].costs.count, &rounds);
	if (!error)
		error = cpu_lines_measure(&cpu_lines, &made[chosen], &rounds);
	for (k = 0; k < CONDITIONS && !error; k++)
		error = measure_latencies(&conditions[k], &latencies[k]);
	for (k = 0; k < TAILS && !error; k++)
		error = measure_tail(&tails[k], &tail_latencies[k]);
	return error;
}

#define MADE_NOTE "no module: the image is mapped above pages that the benchmark writes like " \
	"the module, calibrated from this machine's clock"

static void write_json(FILE *to)
{
	char model[128];
	struct utsname kernel;
	size_t k;

	uname(&kernel);
	read_line("/proc/cpuinfo", "model name\t: ", model, sizeof(model));
	json_to(to);
	json_open(NULL, '{');
	json_string("note", MADE_NOTE);
	json_open("machine", '{');
	json_string("cpu", model);
	json_string("kernel", kernel.release);
	json_string("clocksource", clocksource);
	json_string("counter", made[chosen].counter);
	json_real("counter_mhz", 1e3 / bench_ns_per_tick());
	json_bool("quick", quick);
	json_close('}');
	report_json_costs("costs", &costs);
	for (k = 0; k < HYPERVISORS; k++)
		report_json_costs(hypervisors[k].key, &hypervisors[k].costs);
	report_json_costs("cpu_time_costs", &cpu_lines);
	json_real("latency_overhead_ns", bench_latency_overhead());
	json_open("latencies", '{');
	for (k = 0; k < CONDITIONS; k++)
		report_json_latencies(conditions[k].key, &latencies[k]);
	for (k = 0; k < TAILS; k++)
		report_json_latencies(tails[k].key, &tail_latencies[k]);
	json_close('}');
	json_close('}');
}

static void print_report(void)
{
	static const char *const ways[] = { "fastvdso", "stock vDSO", "libc", "system call" };
	static const char *const made_ways[] = { "fastvdso", "stock algorithm", "stock vDSO" };
	static const char *const line_ways[] = { "64 lines", "system call", "8 lines", "2 lines" };
	size_t k;

	printf("%s.\nThe counter is read by %s. Costs are medians of interleaved rounds.\n\n",
	       MADE_NOTE, made[chosen].counter);
	report_costs("ns per call", &costs, ways, sizeof(ways) / sizeof(ways[0]));
	printf("\nClocks of hypervisors, on made pages. \"stock algorithm\" is that of the kernel's vDSO,\n"
	       "on pages with the same contents.\n\n");
	for (k = 0; k < HYPERVISORS; k++)
		report_costs(hypervisors[k].clocksource, &hypervisors[k].costs, made_ways,
			     sizeof(made_ways) / sizeof(made_ways[0]));
	printf("\nCPU time, on made pages with a line for each of 2, 8 and 64 CPUs%s.\n\n",
	       contenders_find(&cpu_lines, line_ways[0], "now_ns(THREAD_CPUTIME_ID)") ? "" :
	       ": not measured, the CPU number cannot be read together with the counter");
	report_costs("ns per call", &cpu_lines, line_ways, sizeof(line_ways) / sizeof(line_ways[0]));
	printf("\nreading MONOTONIC, or the bare counter, ns\n");
	report_bars(&costs);
	printf("\nLatencies are of single calls between two readings of the counter, minus the %.0f ns\n"
	       "that the readings cost. All samples count, interrupted ones too.\n",
	       bench_latency_overhead());
	for (k = 0; k < CONDITIONS; k++)
		if (latencies[k].count)
			report_latencies(conditions[k].title, &latencies[k]);
	for (k = 0; k < TAILS; k++)
		if (tail_latencies[k].count)
			report_latencies(tails[k].title, &tail_latencies[k]);
}

/* If a made page is wrong, readers may take another path than the one to measure. */
static int clocks_agree(const struct contenders *in, const char *who, const struct contenders *with,
			const char *other)
{
	static const char *const what[] = { "clock_gettime(MONOTONIC)", "clock_gettime(REALTIME)",
					    "clock_gettime(MONOTONIC_RAW)" };
	size_t i;

	made_pages_refresh();
	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		const struct bench_contender *ours = contenders_find(in, who, what[i]);
		const struct bench_contender *libcs = contenders_find(with, other, what[i]);
		int64_t apart = bench_read(&ours->call) - bench_read(&libcs->call);

		/* The calibration takes only 50 ms, and ignores NTP. */
		if (apart < -10000000 || apart > 10000000) {
			fprintf(stderr, "bench: %s by %s is off by %lld ns\n", what[i], who,
				(long long)apart);
			return 0;
		}
	}
	return 1;
}

static int clocks_are_right(void)
{
	size_t i;

	for (i = 0; i < HYPERVISORS; i++)
		if (!clocks_agree(&hypervisors[i].costs, "fastvdso", &costs, "libc") ||
		    !clocks_agree(&hypervisors[i].costs, "stock algorithm", &costs, "libc"))
			return 0;
	return clocks_agree(&costs, "fastvdso", &costs, "libc");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, &quick, 1 },
		{ "json", required_argument, NULL, 'j' },
		{ "peers", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *json = NULL, *peers = NULL;
	int c, error;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = optarg;
		else if (c == 'p')
			peers = optarg;
		else if (c)
			return 2;
	}
	read_line(CLOCKSOURCE_DIR "current_clocksource", "", clocksource, sizeof(clocksource));
	choose_cpus();
	bench_pin(reader_cpu);
	error = made_pages_map(made);
	chosen = made_page_choice(made);
	if (!error) {
		add_all(&costs, peers);
		add_hypervisors();
		error = clocks_are_right() ? measure() : -EDOM;
	}
	if (error) {
		fprintf(stderr, "bench: %s\n", strerror(-error));
		return 1;
	}
	print_report();
	if (json) {
		FILE *to = fopen(json, "we");

		if (to)
			write_json(to);
		if (!to || fclose(to)) {
			perror(json);
			return 1;
		}
	}
	return 0;
}
