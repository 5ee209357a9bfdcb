// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "report.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "json.h"

#define LABEL		38
#define NARROWEST	8	/* room for bars, in columns */

/* libc has no calls that return nanoseconds: compare them with clock_gettime(). */
static const char *compared_with(const char *what)
{
	if (!strcmp(what, "now_ns(REALTIME)"))
		return "clock_gettime(REALTIME)";
	return "clock_gettime(MONOTONIC)";
}

static double cost(const struct contenders *measured, const char *who, const char *what)
{
	const struct bench_contender *one = contenders_find(measured, who, what);

	return one ? one->ns : 0;
}

/* The cost to an unmodified program: the second way, or libc if there is none. */
static double other_way(const struct contenders *measured, const char *second, const char *what)
{
	double ns = cost(measured, second, what);

	if (ns == 0)
		ns = cost(measured, "libc", what);
	return ns != 0 ? ns : cost(measured, second, compared_with(what)) ?:
			      cost(measured, "libc", compared_with(what));
}

void report_costs(const char *title, const struct contenders *measured, const char *const *ways,
		  size_t count)
{
	size_t i, k;

	printf("%-34s", title);
	for (k = 0; k < count; k++)
		printf(" %15s", ways[k]);
	printf(" %8s\n", "of stock");
	for (i = 0; i < measured->count; i++) {
		const struct bench_contender *one = &measured->all[i];
		double other = other_way(measured, ways[1], one->what);

		if (strcmp(one->who, ways[0]) != 0)
			continue;
		printf("%-34s", one->what);
		for (k = 0; k < count; k++) {
			double ns = cost(measured, ways[k], one->what);

			if (ns > 0)
				printf(" %15.1f", ns);
			else
				printf(" %15s", "-");
		}
		if (other > 0)
			printf(" %8.3f", one->ns / other);
		putchar('\n');
	}
}

static int reads_monotonic(const struct bench_contender *one)
{
	return !strcmp(one->who, "counter") || !strcmp(one->who, "peer") ||
	       strstr(one->what, "(MONOTONIC)") != NULL;
}

/* Reads the clock, and is not a conversion or clock_getres(). */
static int is_a_reading(const struct bench_contender *one)
{
	return reads_monotonic(one) && !strstr(one->what, "getres") && !strstr(one->what, "ticks");
}

static int cheaper(const void *a, const void *b)
{
	double x = (*(const struct bench_contender *const *)a)->ns;
	double y = (*(const struct bench_contender *const *)b)->ns;

	return (x > y) - (x < y);
}

static int terminal_width(void)
{
	struct winsize size = { 0 };
	const char *given = getenv("COLUMNS");
	int width = given ? atoi(given) : 0;

	if (width <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		width = size.ws_col;
	return width > 0 ? width : 80;
}

/* In eighths of a column if the terminal has Unicode. */
static void bar(double length, const char *colour)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	int i, whole = (int)length;

	printf("%s", colour);
	for (i = 0; i < whole; i++)
		printf("%s", unicode ? "█" : "#");
	if (unicode)
		printf("%s", eighths[(int)((length - whole) * 8)]);
	printf("%s\n", *colour ? "\033[0m" : "");
}

static const char *colour_of(const struct bench_contender *one)
{
	if (!isatty(STDOUT_FILENO) || getenv("NO_COLOR"))
		return "";
	if (!strcmp(one->who, "fastvdso"))
		return "\033[32m";
	return !strcmp(one->who, "counter") ? "\033[2m" : "\033[36m";
}

void report_bars(const struct contenders *measured)
{
	const struct bench_contender *shown[CONTENDERS_MAX] = { NULL };
	int label = LABEL, width, room;
	double longest = 0;
	size_t i, count = 0;

	setlocale(LC_CTYPE, "");
	for (i = 0; i < measured->count; i++)
		if (is_a_reading(&measured->all[i]))
			shown[count++] = &measured->all[i];
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers. */
	qsort(shown, count, sizeof(shown[0]), cheaper);
	width = terminal_width();
	if (width < LABEL + 10 + NARROWEST)
		label = width - 10 - NARROWEST > 12 ? width - 10 - NARROWEST : 12;
	room = width - label - 10 > NARROWEST ? width - label - 10 : NARROWEST;
	/* Clip bars that would make the others invisible, such as that of the system call. */
	for (i = 0; i < count; i++)
		if (shown[i]->ns > longest && (!longest || shown[i]->ns < 6 * shown[0]->ns))
			longest = shown[i]->ns;
	for (i = 0; i < count; i++) {
		char name[96];
		int clipped = shown[i]->ns > longest;

		snprintf(name, sizeof(name), "%s %s", shown[i]->who, shown[i]->what);
		printf("%-*.*s %7.1f%s ", label, label, name, shown[i]->ns, clipped ? "+" : " ");
		bar(clipped ? room : shown[i]->ns / longest * room, colour_of(shown[i]));
	}
}

void report_latencies(const char *condition, const struct contenders *measured)
{
	size_t i;

	printf("\n%-*s %8s %8s %8s %10s\n", LABEL, condition, "median", "p99", "p99.99", "max");
	for (i = 0; i < measured->count; i++) {
		const struct bench_contender *one = &measured->all[i];
		char name[96];

		snprintf(name, sizeof(name), "%s %s", one->who, one->what);
		printf("%-*.*s %8.0f %8.0f %8.0f %10.0f\n", LABEL, LABEL, name, one->latency.median,
		       one->latency.p99, one->latency.p9999, one->latency.max);
	}
}

void report_json_costs(const char *key, const struct contenders *measured)
{
	size_t i;

	json_open(key, '[');
	for (i = 0; i < measured->count; i++) {
		json_open(NULL, '{');
		json_string("who", measured->all[i].who);
		json_string("what", measured->all[i].what);
		json_real("ns", measured->all[i].ns);
		json_real("best_ns", measured->all[i].best);
		json_close('}');
	}
	json_close(']');
}

void report_json_latency(const struct bench_summary *latency)
{
	json_real("median_ns", latency->median);
	json_real("p99_ns", latency->p99);
	json_real("p9999_ns", latency->p9999);
	json_real("max_ns", latency->max);
}

void report_json_latencies(const char *key, const struct contenders *measured)
{
	size_t i;

	json_open(key, '[');
	for (i = 0; i < measured->count; i++) {
		json_open(NULL, '{');
		json_string("who", measured->all[i].who);
		json_string("what", measured->all[i].what);
		report_json_latency(&measured->all[i].latency);
		json_close('}');
	}
	json_close(']');
}
