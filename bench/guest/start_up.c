// SPDX-License-Identifier: GPL-2.0
/*
 * start_up ROUNDS PROGRAM...: measure starting a program until it exits, directly and under
 * `fastvdso run`, in turn. Prints medians, a line of JSON per program. Missing programs are skipped.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "statistics.h"

#define TOOL		"/usr/bin/fastvdso"
#define ROUNDS_MAX	10000

extern char **environ;

/* Returns microseconds. Exits if the program fails. */
static double start(char *const argv[])
{
	int64_t begin = fastvdso_now_ns(CLOCK_MONOTONIC);
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid ||
	    status != 0) {
		fprintf(stderr, "start_up: %s: cannot be started, or fails\n", argv[0]);
		exit(1);
	}
	return (double)(fastvdso_now_ns(CLOCK_MONOTONIC) - begin) / 1000;
}

int main(int argc, char **argv)
{
	static double plain[ROUNDS_MAX], launched[ROUNDS_MAX];
	int i, round, rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	for (i = 2; i < argc; i++) {
		char *by_itself[] = { argv[i], NULL };
		char *by_launcher[] = { TOOL, "run", "--require", argv[i], NULL };
		const char *name = strrchr(argv[i], '/');
		double alone, run;

		if (access(argv[i], X_OK))
			continue;
		for (round = 0; round < rounds; round++) {
			plain[round] = start(by_itself);
			launched[round] = start(by_launcher);
		}
		alone = bench_summarise(plain, (size_t)rounds).median;
		run = bench_summarise(launched, (size_t)rounds).median;
		printf("{\"program\": \"%s\", \"plain_us\": %.1f, \"run_us\": %.1f, \"ratio\": %.3f}\n",
		       name ? name + 1 : argv[i], alone, run, run / alone);
	}
	return 0;
}
