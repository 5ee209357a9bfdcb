// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * spin [MICROSECONDS [TIMES]]: wait for a deadline without going to sleep, as who sends at a
 * rate has to, and tell by how much it was late. The deadline is turned into a tick once;
 * then only the counter is read. Where there is no counter, the clock is.
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
 * For milliseconds at most: who waits for longer asks again now and then, since the clock
 * may be slewed. Should the counter cease to serve meanwhile, it reads 0.
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
		printf("no counter: by the clock\n");
	else
		printf("by %s, %.3f MHz\n", info.name, (double)info.frequency / 1e6);
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
		/* What the machine took from us is not made up for. */
		if (late > us * 1000)
			at += late;
	}
	printf("%ld times %ld us: late by %" PRId64 " ns on average, %" PRId64 " at most\n", times, us,
	       total / times, most);
	fastvdso_close();
	return 0;
}
