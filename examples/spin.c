// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * spin [MICROSECONDS [TIMES]]: busy-wait for deadlines, as a paced sender does, and report how
 * late it was. Each deadline is converted to ticks once; then the loop reads only the counter
 * or, if no counter can be used, the clock.
 *
 *	cc spin.c $(pkg-config --cflags --libs fastvdso)
 */
#include <fastvdso.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

/*
 * For waits of at most some milliseconds: over a longer time the clock may be slewed, so the
 * deadline should be converted again. fastvdso_ticks() returns 0 if the counter can no longer
 * be used.
 */
static void spin_until(int64_t at)
{
	uint64_t deadline, now;

	if (!fastvdso_ns_to_ticks(CLOCK_MONOTONIC, at, &deadline)) {
		do {
			relax();
			now = fastvdso_ticks();
		} while (now && (int64_t)(now - deadline) < 0);
	}
	while (fastvdso_now_ns(CLOCK_MONOTONIC) < at)
		relax();
}

int main(int argc, char **argv)
{
	long us = argc > 1 ? atol(argv[1]) : 100, times = argc > 2 ? atol(argv[2]) : 1000, i;
	int64_t late, total = 0, most = 0, at;
	struct fastvdso_counter_info info;

	if (us <= 0 || times <= 0) {
		fprintf(stderr, "usage: spin [MICROSECONDS [TIMES]]\n");
		return 2;
	}
	fastvdso_open();
	if (fastvdso_counter_info(&info))
		printf("no counter: reading the clock\n");
	else
		printf("reading %s, %.3f MHz\n", info.name, (double)info.frequency / 1e6);
	at = fastvdso_now_ns(CLOCK_MONOTONIC);
	for (i = 0; i < times; i++) {
		at += us * 1000;
		spin_until(at);
		late = fastvdso_now_ns(CLOCK_MONOTONIC) - at;
		if (late < 0) {
			fprintf(stderr, "spin: %" PRId64 " ns early\n", -late);
			return 1;
		}
		total += late;
		if (late > most)
			most = late;
		/* After an interruption do not try to catch up. */
		if (late > us * 1000)
			at += late;
	}
	printf("%ld times %ld us: late by %" PRId64 " ns on average, %" PRId64 " at most\n", times, us,
	       total / times, most);
	fastvdso_close();
	return 0;
}
