// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that measure, where this program has another libc than those of the system:
 * they are in fastvdso-measure, beside this one or in ../lib/fastvdso.
 */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = { "fastvdso-measure", "../lib/fastvdso/fastvdso-measure" };

/* Returns if there is none. Never looks for it where the caller happens to be. */
static int measure(char **argv)
{
	char path[4096], *name;
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
	size_t i;

	if (length < 0) {
		perror("fastvdso: /proc/self/exe");
		return EXIT_BROKEN;
	}
	path[length] = '\0';
	name = strrchr(path, '/') + 1;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		strcpy(name, places[i]);
		execv(path, argv - 1);
	}
	fprintf(stderr, "fastvdso %s: ", argv[0]);
	perror(path);
	return EXIT_BROKEN;
}

int cmd_bench(int argc, char **argv)
{
	(void)argc;
	return measure(argv);
}

int cmd_doctor(int argc, char **argv)
{
	(void)argc;
	return measure(argv);
}
