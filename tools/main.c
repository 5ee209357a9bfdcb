// SPDX-License-Identifier: GPL-2.0
/* The fastvdso command. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "status", cmd_status, "show what is mapped, the mode, and the reason for a fallback" },
	{ "now",    cmd_now,    "read all clocks, and compare with the system call" },
	{ "bench",  cmd_bench,  "measure each call, compared with the stock vDSO and the system call" },
	{ "doctor", cmd_doctor, "find out whether the clocks of this machine are slow, and why" },
	{ "run",    cmd_run,    "start a program with the image as its vDSO" },
	{ "enable", cmd_enable, "have a systemd service started with fastvdso" },
	{ "disable", cmd_disable, "undo enable" },
	{ "dump",   cmd_dump,   "show the contents of an image: a file, or /dev/fastvdso" },
};

static void print_usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: fastvdso COMMAND [OPTIONS] [OPERANDS]\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\n  --version, --help\n");
}

/* Fail if the output could not be written. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("fastvdso: standard output");
		return EXIT_BROKEN;
	}
	return status;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help")) {
		print_usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("fastvdso " FASTVDSO_VERSION);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return finish(commands[i].run(argc - 1, argv + 1));
	fprintf(stderr, "fastvdso: unknown command: %s\n", argv[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}
