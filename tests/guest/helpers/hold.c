// SPDX-License-Identifier: GPL-2.0
/*
 * hold [MILLISECONDS]: map the pages, print "held", and read the clock for that long, or
 * forever. Exit status 1 if the pages cannot be mapped.
 */
#include <fastvdso.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int64_t until = argc > 1 ? atol(argv[1]) * 1000000ll : 0;

	if (fastvdso_open())
		return 1;
	until += fastvdso_now_ns(CLOCK_MONOTONIC);
	puts("held");
	fflush(stdout);
	while (argc < 2 || fastvdso_now_ns(CLOCK_MONOTONIC) < until)
		;
	fastvdso_close();
	return 0;
}
