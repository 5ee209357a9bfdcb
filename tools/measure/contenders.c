// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "contenders.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

#include "shapes.h"
#include "stock_names.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define FASTVDSO_VERSION_NAME	"FASTVDSO_1.0"
#define VDSO_SIZE		8192	/* enough of the kernel's vDSO to find its functions */
#define DATA_SIZE		4096	/* the time is in the first page of [vvar] */

/* The calls that an image can export, without the prefix of their names. */
struct entry {
	const char		*symbol;
	const char		*what;
	bench_loop		*loop;
	int			clock;
	enum contenders_scope	scope;	/* the narrowest that includes this call */
};

static const struct entry entries[] = {
	{ "clock_gettime", "clock_gettime(THREAD_CPUTIME_ID)", bench_gettime, CLOCK_THREAD_CPUTIME_ID,
	  CONTENDERS_ALL },
	{ "clock_gettime", "clock_gettime(PROCESS_CPUTIME_ID)", bench_gettime, CLOCK_PROCESS_CPUTIME_ID,
	  CONTENDERS_ALL },
	{ "clock_gettime", "clock_gettime(MONOTONIC)", bench_gettime, CLOCK_MONOTONIC, CONTENDERS_ESSENTIAL },
	{ "clock_gettime", "clock_gettime(REALTIME)", bench_gettime, CLOCK_REALTIME, CONTENDERS_COUNTER },
	{ "clock_gettime", "clock_gettime(MONOTONIC_RAW)", bench_gettime, CLOCK_MONOTONIC_RAW,
	  CONTENDERS_COUNTER },
	{ "clock_gettime", "clock_gettime(BOOTTIME)", bench_gettime, CLOCK_BOOTTIME, CONTENDERS_COUNTER },
	{ "clock_gettime", "clock_gettime(TAI)", bench_gettime, CLOCK_TAI, CONTENDERS_COUNTER },
	{ "clock_gettime", "clock_gettime(MONOTONIC_COARSE)", bench_gettime, CLOCK_MONOTONIC_COARSE,
	  CONTENDERS_ALL },
	{ "clock_gettime", "clock_gettime(REALTIME_COARSE)", bench_gettime, CLOCK_REALTIME_COARSE,
	  CONTENDERS_ALL },
	{ "gettimeofday", "gettimeofday", bench_gettimeofday, 0, CONTENDERS_COUNTER },
	{ "time", "time", bench_time, 0, CONTENDERS_ALL },
	{ "clock_getres", "clock_getres(MONOTONIC)", bench_gettime, CLOCK_MONOTONIC, CONTENDERS_ALL },
	{ "getcpu", "getcpu", bench_getcpu, 0, CONTENDERS_ALL },
	{ "now_ns", "now_ns(MONOTONIC)", bench_now, CLOCK_MONOTONIC, CONTENDERS_ESSENTIAL },
	{ "now_ns", "now_ns(REALTIME)", bench_now, CLOCK_REALTIME, CONTENDERS_COUNTER },
	{ "now_ns_unordered", "now_ns_unordered(MONOTONIC)", bench_now, CLOCK_MONOTONIC,
	  CONTENDERS_ESSENTIAL },
	{ "ticks", "ticks", bench_plain, 0, CONTENDERS_COUNTER },
	{ "ticks_to_ns", "ticks_to_ns(MONOTONIC)", bench_from_ticks, CLOCK_MONOTONIC, CONTENDERS_COUNTER },
	{ "ns_to_ticks", "ns_to_ticks(MONOTONIC)", bench_to_ticks, CLOCK_MONOTONIC, CONTENDERS_COUNTER },
	{ "counter_info", "counter_info", bench_fill, 0, CONTENDERS_COUNTER },
	{ "snapshot", "snapshot", bench_fill, 0, CONTENDERS_COUNTER },
};

void contenders_add(struct contenders *to, const struct bench_contender *one)
{
	if (to->count < CONTENDERS_MAX)
		to->all[to->count++] = *one;
}

const struct bench_contender *contenders_find(const struct contenders *in, const char *who,
					      const char *what)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (!strcmp(in->all[i].who, who) && !strcmp(in->all[i].what, what))
			return &in->all[i];
	return NULL;
}

static void add_image(struct contenders *to, const char *who, const struct fastvdso_elf *elf,
		      const char *prefix, const char *version,
		      const struct bench_range ranges[BENCH_RANGES], enum contenders_scope scope)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		struct bench_contender one = {
			.who = who, .what = entries[i].what,
			.call = { .loop = entries[i].loop, .clock = entries[i].clock },
		};
		char symbol[64];

		if (entries[i].scope < scope || entries[i].scope < to->scope)
			continue;
		snprintf(symbol, sizeof(symbol), "%s%s", prefix, entries[i].symbol);
		one.call.function = fastvdso_elf_function(elf, symbol, version);
		if (!one.call.function)
			continue;
		snprintf(symbol, sizeof(symbol), "%sticks", prefix);
		one.call.ticks = fastvdso_elf_function(elf, symbol, version);
		memcpy(one.touches, ranges, sizeof(one.touches));
		contenders_add(to, &one);
	}
}

void contenders_add_image(struct contenders *to, const char *who, const struct fastvdso_elf *elf,
			  const struct bench_range ranges[BENCH_RANGES], enum contenders_scope scope)
{
	add_image(to, who, elf, "__fastvdso_", FASTVDSO_VERSION_NAME, ranges, scope);
}

/* The data pages of the kernel's vDSO, or NULL. */
static const void *stock_data(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[256];
	uintptr_t found = 0;

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			sscanf(line, "%" SCNxPTR, &found);
	if (maps)
		fclose(maps);
	return (const void *)found;
}

/* The memory that the kernel's vDSO, and libc through it, accesses. Returns the image or NULL. */
static const void *stock_ranges(struct bench_range ranges[BENCH_RANGES])
{
	const void *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	const void *data = stock_data();

	memset(ranges, 0, BENCH_RANGES * sizeof(*ranges));
	ranges[0] = (struct bench_range){ image, image ? VDSO_SIZE : 0 };
	ranges[1] = (struct bench_range){ data, data ? DATA_SIZE : 0 };
	return image;
}

int contenders_add_stock(struct contenders *to)
{
	struct bench_range ranges[BENCH_RANGES];
	const void *image = stock_ranges(ranges);
	struct fastvdso_elf elf;

	if (!image || fastvdso_elf_parse(&elf, image, VDSO_SIZE))
		return -ENOENT;
	add_image(to, "stock vDSO", &elf, STOCK_PREFIX, STOCK_VERSION_NAME, ranges, CONTENDERS_ALL);
	return 0;
}

void contenders_add_functions(struct contenders *to, const char *who,
			      const struct contenders_function *functions, size_t count)
{
	void *ticks = NULL;
	size_t i, k;

	for (k = 0; k < count; k++)
		if (!strcmp(functions[k].symbol, "ticks"))
			ticks = functions[k].function;
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		for (k = 0; k < count; k++) {
			struct bench_contender one = {
				.who = who, .what = entries[i].what,
				.call = { .loop = entries[i].loop, .clock = entries[i].clock,
					  .function = functions[k].function, .ticks = ticks },
			};

			if (!strcmp(entries[i].symbol, functions[k].symbol) && entries[i].scope >= to->scope)
				contenders_add(to, &one);
		}
}

void contenders_add_libc(struct contenders *to)
{
	static const struct contenders_function functions[] = {
		{ "clock_gettime", clock_gettime }, { "gettimeofday", gettimeofday },
		{ "time", time }, { "clock_getres", clock_getres }, { "getcpu", getcpu },
	};

	size_t first = to->count;

	contenders_add_functions(to, "libc", functions, ARRAY_SIZE(functions));
	for (; first < to->count; first++)
		stock_ranges(to->all[first].touches);
}

void contenders_add_syscalls(struct contenders *to)
{
	static const struct contenders_function functions[] = {
		{ "clock_gettime", bench_call_gettime },
		{ "gettimeofday", bench_call_gettimeofday }, { "time", bench_call_time },
		{ "clock_getres", bench_call_getres }, { "getcpu", bench_call_getcpu },
	};

	contenders_add_functions(to, "system call", functions, ARRAY_SIZE(functions));
}
