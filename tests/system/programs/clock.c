// SPDX-License-Identifier: GPL-2.0
/*
 * A program without fastvdso that reads the clock, built static with musl.
 *
 *	clock truth [MONOTONIC_RAW]	print REALTIME, and MONOTONIC or that clock, in ns, by system call
 *	clock N		time N reads, in rounds, and compare N / 100 with the system call. Then wait for
 *			the end of standard input, so that the process can be inspected.
 *
 * CLOCK_SLACK: by how many ns a reading may differ from the system call; without it nothing is
 * compared.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Use the best round. Rounds are apart, so that one disturbance does not affect all. */
#define ROUNDS	20
#define APART	50000	/* us */

static int64_t ns(const struct timespec *ts)
{
	return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

static int64_t kernel_ns(clockid_t clock)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, clock, &ts);
	return ns(&ts);
}

static int64_t libc_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ns(&ts);
}

/* Return how many of `count` readings do not lie between two system calls. */
static long wrong(clockid_t clock, long count, int64_t slack)
{
	int64_t last = 0, before, now, after;
	long bad = 0;

	while (count--) {
		before = kernel_ns(clock);
		now = libc_ns(clock);
		after = kernel_ns(clock);
		bad += now < before - slack || now > after + slack || now < last;
		last = now;
	}
	return bad;
}

int main(int argc, char **argv)
{
	const char *slack = getenv("CLOCK_SLACK");
	int64_t begin, took, best = 0, most = slack ? atoll(slack) : 0;
	long count = argc > 1 ? atol(argv[1]) : 0, bad = 0, i;
	int round;

	if (argc > 1 && !strcmp(argv[1], "truth")) {
		clockid_t other = CLOCK_MONOTONIC;

		if (argc > 2 && !strcmp(argv[2], "MONOTONIC_RAW"))
			other = CLOCK_MONOTONIC_RAW;
		printf("%lld %lld\n", (long long)kernel_ns(CLOCK_REALTIME), (long long)kernel_ns(other));
		return 0;
	}
	if (count <= 0)
		return 2;
	for (round = 0; round < ROUNDS; round++) {
		usleep(APART);
		begin = kernel_ns(CLOCK_MONOTONIC);
		for (i = 0; i < count / ROUNDS; i++)
			libc_ns(CLOCK_MONOTONIC);
		took = kernel_ns(CLOCK_MONOTONIC) - begin;
		if (!round || took < best)
			best = took;
	}
	printf("figure %.1f\n", (double)best / (double)(count / ROUNDS));
	if (slack && *slack)
		bad = wrong(CLOCK_MONOTONIC, count / 100, most) + wrong(CLOCK_REALTIME, count / 100, most);
	printf("wrong %ld\ndone\n", bad);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return bad != 0;
}
