// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * logstamp [LINES]: write log lines with time stamps of libfastvdso and of libc, and print
 * what a line costs with each.
 *
 *	cc logstamp.c $(pkg-config --cflags --libs fastvdso)
 */
#include <fastvdso.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS	20

static FILE *log_file;

typedef int read_clock(clockid_t clock, struct timespec *now);

static void log_line(read_clock *read, long n)
{
	struct timespec now;

	read(CLOCK_REALTIME, &now);
	fprintf(log_file, "%lld.%09ld request %ld\n", (long long)now.tv_sec, now.tv_nsec, n);
}

/* Nanoseconds per line in one round. */
static double run_round(read_clock *read, long lines)
{
	int64_t start = fastvdso_now_ns(CLOCK_MONOTONIC);
	long i;

	for (i = 0; i < lines; i++)
		log_line(read, i);
	return (double)(fastvdso_now_ns(CLOCK_MONOTONIC) - start) / (double)lines;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	long lines = argc > 1 ? atol(argv[1]) : 200000;
	double fast = 1e9, libc = 1e9;
	int round;

	if (lines < ROUNDS) {
		fprintf(stderr, "usage: logstamp [LINES], at least %d\n", ROUNDS);
		return 2;
	}
	/*
	 * From here on the calls read the pages or, if that is not possible, use libc; nothing
	 * else changes. If the kernel's clock is slow, steered readings that may be some
	 * microseconds behind it are good enough for a log.
	 */
	fastvdso_open_flags(FASTVDSO_STEERED);
	log_file = stdout;
	log_line(fastvdso_clock_gettime, 0);
	log_file = fopen("/dev/null", "w");
	if (!log_file)
		return 1;
	/* Alternate, so that a disturbance affects both. */
	for (round = 0; round < ROUNDS; round++) {
		fast = smaller(fast, run_round(fastvdso_clock_gettime, lines / ROUNDS));
		libc = smaller(libc, run_round(clock_gettime, lines / ROUNDS));
	}
	printf("%ld log lines each: %.0f ns per line with fastvdso, %.0f ns with libc\n", lines, fast,
	       libc);
	fclose(log_file);
	fastvdso_close();
	return 0;
}
