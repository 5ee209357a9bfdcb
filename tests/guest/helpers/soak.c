// SPDX-License-Identifier: GPL-2.0
/*
 * The sandwich on every CPU for as long as you like, while everything that can happen to
 * the clock happens at random:
 *
 *	soak SECONDS [SEED]
 *
 * The same seed gives the same events in the same order. Exit status 1 on violations.
 */
#define _GNU_SOURCE
#include <sys/random.h>

#include "disturb.h"
#include "machine.h"

#define PROGRESS_S	30

static struct worker *readers;
static long cpus;
static char home[64];		/* the clocksource that the run is about */

static int at_random(int from, int to)
{
	return from + (int)(random() % (to - from + 1));
}

/* To another one and back, soon. */
static int another_clocksource(void)
{
	static const char *const others[] = { "tsc", "hpet", "acpi_pm" };
	int ret = -EINVAL, first = at_random(0, 2), i;

	for (i = 0; i < 3 && ret; i++) {
		const char *other = others[(first + i) % 3];

		if (strcmp(other, home))
			ret = write_to(CLOCKSOURCES "current_clocksource", other);
	}
	usleep((useconds_t)at_random(0, 20000));
	return write_to(CLOCKSOURCES "current_clocksource", home) ?: ret;
}

static int cpu_away(void)
{
	int ret = write_to(CPU1, "0");

	usleep((useconds_t)at_random(0, 100000));
	return write_to(CPU1, "1") ?: ret;
}

static int sleep_to_memory(void)
{
	return suspend_for(at_random(2, 4));
}

static int stop(void)
{
	return ask_host("stop", at_random(1, 4));
}

static int not_running(void)
{
	return freeze(at_random(1, most_seconds_frozen(home))) ? 0 : -EAGAIN;
}

/* Most rounds end with one of these. */
static struct event {
	const char	*name;
	int		(*happen)(void);
	int		weight;
	unsigned long	times;
} events[] = {
	{ "clocksource", another_clocksource,	12, 0 },
	{ "cpu_away",	cpu_away,		6, 0 },
	{ "pm_test",	suspend_in_test,	2, 0 },
	{ "sleep",	sleep_to_memory,	2, 0 },
	{ "stop",	stop,			1, 0 },
	{ "freeze",	not_running,		2, 0 },
};

#define EVENTS	(sizeof(events) / sizeof(events[0]))

static unsigned long sets[DISTURBANCES];

/* What cannot happen in this guest fails the first time, and is not tried again. */
static const char *let_one_happen(void)
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
	ret = events[i].happen();
	if (ret) {
		printf("soak: %s failed: %s\n", events[i].name, strerror(-ret));
		events[i].weight *= events[i].times > 0;
	} else {
		events[i].times++;
	}
	/* Who lost its CPU gets it back. */
	for (cpu = 0; cpu < cpus; cpu++)
		pin(&readers[cpu]);
	return events[i].name;
}

static void disturb_for_a_while(int64_t start)
{
	int left = at_random(0, 1000);

	while (left-- > 0) {
		size_t kind = (size_t)random() % DISTURBANCES;

		disturb(kind, start);
		sets[kind]++;
		breathe();
	}
}

/* So far; and how many readings were judged. */
static unsigned long violations_among(unsigned long *reads)
{
	unsigned long violations = 0;
	size_t i;

	*reads = 0;
	for (i = 0; i < CLOCKS; i++) {
		struct tally sum = sum_up(readers, cpus, i);

		*reads += sum.reads[i] + sum.crossing[i];
		violations += sum.violations[i];
	}
	return violations;
}

static void progress(const char *what, int64_t begun)
{
	unsigned long reads, violations = violations_among(&reads);
	size_t i;

	printf("soak: %s %lld s: %lu reads judged, %lu violations;", what,
	       (long long)((kernel_ns(CLOCK_BOOTTIME) - begun) / NS), reads, violations);
	for (i = 0; i < EVENTS; i++)
		printf(" %s %lu", events[i].name, events[i].times);
	for (i = 0; i < DISTURBANCES; i++)
		printf(" %s %lu", disturbances[i], sets[i]);
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

		disturb_for_a_while(real);
		usleep((useconds_t)at_random(0, 500000));
		event = let_one_happen();
		violations = violations_among(&reads);
		if (violations != known)
			printf("soak: %lu violations more in round %lu, with %s\n", violations - known,
			       rounds, event);
		known = violations;
		now = kernel_ns(CLOCK_BOOTTIME);
		if (now >= next) {
			progress("after", begun);
			next += PROGRESS_S * NS;
		}
	}
	progress("done after", begun);
}

int main(int argc, char **argv)
{
	unsigned int seed;

	if (argc < 2 || getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 2;
	if (argc > 2)
		seed = (unsigned int)strtoul(argv[2], NULL, 10);
	if (read_from(CLOCKSOURCES "current_clocksource", home, sizeof(home)) || fastvdso_open())
		return 2;
	printf("soak: %s s on %s, seed %u\n", argv[1], home, seed);
	srandom(seed);
	share();
	write_to("/sys/module/suspend/parameters/pm_test_delay", "1");
	readers = start_readers(0, &cpus);
	if (!readers)
		return 2;
	soak(strtoll(argv[1], NULL, 10));
	undisturb();
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	return join_readers(readers, cpus, "soak") ? 1 : 0;
}
