// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * logstamp [LINES]: what a logger does all day, take the time and format a line,
 * with the clock of libfastvdso and with libc's, and what a line cost each way.
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
	fprintf(log_file, "%ld.%09ld request %ld\n", now.tv_sec, now.tv_nsec, n);
}

/* Nanoseconds a line, of one round. */
static double round_of(read_clock *read, long lines)
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
	 * From here on the pages serve; if not, libc does, and nothing else changes. A log
	 * can do with a clock that is steered, and some microseconds behind, where the
	 * kernel's own is slow.
	 */
	fastvdso_open_flags(FASTVDSO_STEERED);
	log_file = stdout;
	log_line(fastvdso_clock_gettime, 0);
	log_file = fopen("/dev/null", "w");
	if (!log_file)
		return 1;
	/* Turn and turn about: what disturbs one disturbs the other. */
	for (round = 0; round < ROUNDS; round++) {
		fast = smaller(fast, round_of(fastvdso_clock_gettime, lines / ROUNDS));
		libc = smaller(libc, round_of(clock_gettime, lines / ROUNDS));
	}
	printf("%ld log lines each: %.0f ns a line with fastvdso, %.0f ns with libc\n", lines, fast,
	       libc);
	fclose(log_file);
	fastvdso_close();
	return 0;
}
