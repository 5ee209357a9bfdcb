// SPDX-License-Identifier: GPL-2.0
/*
 * map_cost [ROUNDS]: measure opening the device, mapping all pages and touching each, compared with
 * mapping and touching as many pages of anonymous memory. Prints medians as JSON.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "statistics.h"
#include "ticks.h"

#define PAGE		4096
#define ROUNDS_MAX	10000

static void touch(const volatile char *pages, unsigned int count, int write)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (write)
			((volatile char *)pages)[i * PAGE] = 1;
		else
			(void)pages[i * PAGE];
}

static double map_pages(unsigned int count)
{
	uint64_t start = bench_ticks_begin(), end;
	struct fastvdso_status status;

	if (fastvdso_open() || fastvdso_status(&status, sizeof(status)))
		exit(1);
	touch(status.data, count, 0);
	end = bench_ticks_end();
	fastvdso_close();
	return (double)(end - start);
}

static double map_anonymous(unsigned int count)
{
	uint64_t start = bench_ticks_begin(), end;
	char *pages = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		exit(1);
	touch(pages, count, 1);
	end = bench_ticks_end();
	munmap(pages, count * PAGE);
	return (double)(end - start);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], anonymous[ROUNDS_MAX];
	int round, rounds = argc > 1 ? atoi(argv[1]) : 2001;
	struct fastvdso_status status;
	unsigned int count;
	double us, them;

	if (rounds < 1 || rounds > ROUNDS_MAX || fastvdso_open() || fastvdso_status(&status, sizeof(status)))
		return 1;
	count = status.data_pages + status.code_pages;
	fastvdso_close();
	for (round = 0; round < rounds; round++) {
		ours[round] = map_pages(count);
		anonymous[round] = map_anonymous(count);
	}
	us = bench_summarise(ours, (size_t)rounds).median;
	them = bench_summarise(anonymous, (size_t)rounds).median;
	printf("{\"pages\": %u, \"map_ticks\": %.0f, \"anonymous_ticks\": %.0f, \"ratio\": %.3f}\n",
	       count, us, them, us / them);
	return 0;
}
