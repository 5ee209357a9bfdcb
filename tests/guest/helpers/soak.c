// SPDX-License-Identifier: GPL-2.0
/*
 * soak SECONDS [SEED]: bracketed reads on every CPU during random changes of the clock and of
 * the machine. The same seed gives the same changes in the same order. Exit status 1 if a
 * read was wrong.
 */
#define _GNU_SOURCE
#include <sys/random.h>

#include "set_clock.h"
#include "tsc.h"

#define PROGRESS_S	30

static struct reader *readers;
static long cpus;
static char home[64];		/* the clocksource under test */

static int at_random(int from, int to)
{
	return from + (int)(random() % (to - from + 1));
}

/* Switch to another clocksource and back. */
static int switch_clocksource(void)
{
	static const char *const others[] = { "tsc", "hpet", "acpi_pm" };
	int ret = -EINVAL, first = at_random(0, 2), i;

	for (i = 0; i < 3 && ret; i++) {
		const char *other = others[(first + i) % 3];

		if (strcmp(other, home))
			ret = write_file(CLOCKSOURCES "current_clocksource", other);
	}
	usleep((useconds_t)at_random(0, 20000));
	return write_file(CLOCKSOURCES "current_clocksource", home) ?: ret;
}

static int unplug_cpu(void)
{
	int ret = write_file(CPU1, "0");

	usleep((useconds_t)at_random(0, 100000));
	return write_file(CPU1, "1") ?: ret;
}

/*
 * If the alarm goes off before the machine sleeps, nothing wakes it. On a busy host, a dom0 of Xen took more than the
 * second or two that an alarm of 2 s leaves.
 */
static int suspend_to_memory(void)
{
	return suspend_for(at_random(5, 7));
}

static int stop_machine(void)
{
	__atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
	return ask_host("stop", at_random(1, 4));
}

static int freeze_machine(void)
{
	return freeze(at_random(1, max_freeze_seconds(home))) ? 0 : -EAGAIN;
}

/* Change the TSC of a CPU, and change it back. A child does, because it pins itself to the CPU. */
static int change_tsc(void)
{
	int64_t ns = at_random(100, 1000000) * (at_random(0, 1) ? 1000ll : -1000ll);
	int cpu = at_random(0, 1);
	useconds_t pause = (useconds_t)at_random(WINDOW_MS * 1000, 1000000);
	pid_t pid;

	if (!can_change_tsc(cpus))
		return -EOPNOTSUPP;
	pid = fork();
	if (!pid) {
		if (pin_to_cpu(cpu) || find_cpus() || jump_tsc(cpu, ns))
			_exit(1);
		usleep(pause);
		_exit(jump_tsc(cpu, -ns) != 0);
	}
	return wait_for_child(pid) ? -EAGAIN : 0;
}

static struct event {
	const char	*name;
	int		(*run)(void);
	int		weight;
	unsigned long	times;
} events[] = {
	{ "clocksource", switch_clocksource,	12, 0 },
	{ "cpu_away",	unplug_cpu,		6, 0 },
	{ "pm_test",	suspend_pm_test,	2, 0 },
	{ "sleep",	suspend_to_memory,	2, 0 },
	{ "stop",	stop_machine,		1, 0 },
	{ "freeze",	freeze_machine,	2, 0 },
	{ "tsc",	change_tsc,	1, 0 },
};

#define EVENTS	(sizeof(events) / sizeof(events[0]))

static unsigned long changes[CHANGES];

/* Run a random event, or none. One that fails the first time is not tried again. */
static const char *run_one_event(void)
{
	int all = 5, ret;
	size_t i;
	long cpu;

	for (i = 0; i < EVENTS; i++)
		all += events[i].weight;
	all = at_random(0, all - 1);
	for (i = 0; i < EVENTS && all >= events[i].weight; i++)
		all -= events[i].weight;
	if (i == EVENTS)
		return "nothing";
	ret = events[i].run();
	if (ret) {
		printf("soak: %s failed: %s\n", events[i].name, strerror(-ret));
		events[i].weight *= events[i].times > 0;
	} else {
		events[i].times++;
	}
	/* The kernel moved the reader of a CPU that was offline. */
	for (cpu = 0; cpu < cpus; cpu++)
		pin_reader(&readers[cpu]);
	return events[i].name;
}

static void change_clock_for_a_while(int64_t start)
{
	int left = at_random(0, 1000);

	while (left-- > 0) {
		size_t kind = (size_t)random() % CHANGES;

		change_at_random(kind, start);
		changes[kind]++;
		wait_for_reads();
	}
}

/* Returns the violations so far; *reads is the number of judged reads. */
static unsigned long count_violations(unsigned long *reads)
{
	unsigned long violations = 0;
	size_t i;

	*reads = 0;
	for (i = 0; i < CLOCKS; i++) {
		*reads += sum_up(readers, cpus, i, STRICT) + sum_up(readers, cpus, i, CROSSING);
		violations += sum_up(readers, cpus, i, VIOLATION);
	}
	return violations;
}

static void print_progress(const char *what, int64_t begun)
{
	unsigned long reads, violations = count_violations(&reads);
	size_t i;

	printf("soak: %s %lld s: %lu reads judged, %lu violations;", what,
	       (long long)((kernel_ns(CLOCK_BOOTTIME) - begun) / NS), reads, violations);
	for (i = 0; i < EVENTS; i++)
		printf(" %s %lu", events[i].name, events[i].times);
	for (i = 0; i < CHANGES; i++)
		printf(" %s %lu", change_names[i], changes[i]);
	printf("\n");
	fflush(stdout);
}

static void soak(int64_t seconds)
{
	int64_t real = kernel_ns(CLOCK_REALTIME), begun = kernel_ns(CLOCK_BOOTTIME);
	int64_t now = begun, next = begun + PROGRESS_S * NS;
	unsigned long rounds, known = 0, violations, reads;

	for (rounds = 1; now < begun + seconds * NS; rounds++) {
		const char *event;

		change_clock_for_a_while(real);
		usleep((useconds_t)at_random(0, 500000));
		event = run_one_event();
		violations = count_violations(&reads);
		if (violations != known)
			printf("soak: %lu more violations in round %lu, event %s\n", violations - known,
			       rounds, event);
		known = violations;
		now = kernel_ns(CLOCK_BOOTTIME);
		if (now >= next) {
			print_progress("after", begun);
			next += PROGRESS_S * NS;
		}
	}
	print_progress("done after", begun);
}

int main(int argc, char **argv)
{
	unsigned int seed;

	if (argc < 2 || getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 2;
	if (argc > 2)
		seed = (unsigned int)strtoul(argv[2], NULL, 10);
	if (read_line(CLOCKSOURCES "current_clocksource", home, sizeof(home)) || fastvdso_open())
		return 2;
	printf("soak: %s s on %s, seed %u\n", argv[1], home, seed);
	srandom(seed);
	map_shared();
	write_file("/sys/module/suspend/parameters/pm_test_delay", "1");
	readers = start_readers(0, &cpus);
	if (!readers)
		return 2;
	soak(strtoll(argv[1], NULL, 10));
	reset_adjustments();
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	return join_readers(readers, cpus, "soak") ? 1 : 0;
}
