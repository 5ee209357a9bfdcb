// SPDX-License-Identifier: GPL-2.0
/*
 * The program under the debugger: read a clock with libc or libfastvdso, COUNT times or, with 0, for
 * ever. `abort` calls abort() at the end, `fault` crashes inside the function that reads the clock.
 *
 *	reader libc|library COUNT [abort|fault]
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int by_library;

static __attribute__((__noinline__)) int read_clock(struct timespec *ts)
{
	int ret = by_library ? fastvdso_clock_gettime(CLOCK_MONOTONIC, ts)
			     : clock_gettime(CLOCK_MONOTONIC, ts);

	__asm__ volatile("" : "+r"(ret));	/* prevent a tail call */
	return ret;
}

static int64_t to_ns(const struct timespec *ts)
{
	return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

static int64_t system_call(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return to_ns(&ts);
}

/* Return how many of COUNT readings do not lie between two system calls. */
static __attribute__((__noinline__)) long spin(long count)
{
	struct timespec ts;
	long wrong = 0, i;

	while (!count)
		read_clock(&ts);
	for (i = 0; i < count; i++) {
		int64_t before = system_call();

		read_clock(&ts);
		wrong += to_ns(&ts) < before || to_ns(&ts) > system_call();
	}
	return wrong;
}

static int reads_cpu(void)
{
	struct fastvdso_snapshot snapshot;
	unsigned int cpu = ~0u;

	if (!by_library)
		return sched_getcpu() >= 0;
	fastvdso_snapshot(&snapshot);
	return !fastvdso_getcpu(&cpu, NULL) && cpu != ~0u;
}

int main(int argc, char **argv)
{
	long wrong;

	if (argc < 3)
		return 2;
	by_library = !strcmp(argv[1], "library");
	if (by_library)
		fastvdso_open();
	puts("begins");
	fflush(stdout);
	wrong = spin(atol(argv[2])) + !reads_cpu();
	printf("wrong %ld\n", wrong);
	fflush(stdout);
	if (argc > 3 && !strcmp(argv[3], "abort"))
		abort();
	if (argc > 3 && !strcmp(argv[3], "fault"))
		read_clock((void *)8);
	return wrong != 0;
}
