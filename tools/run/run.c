// SPDX-License-Identifier: GPL-2.0
/* fastvdso run: start a program with the image as its vDSO. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tool.h"
#include "run.h"

#define USAGE	"run [--steered] [--follow] [--stats] [--verbose] [--require] [--preload] [--] PROGRAM ARGS"

/* 0 or an exit status. */
static int parse(int argc, char **argv, struct run_options *given)
{
	static const struct option options[] = {
		{ "steered", no_argument, NULL, 's' },
		{ "follow", no_argument, NULL, 'f' },
		{ "stats", no_argument, NULL, 'S' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "require", no_argument, NULL, 'r' },
		{ "preload", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(given, 0, sizeof(*given));
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 's':	given->flags |= FASTVDSO_STEERED; break;
		case 'f':	given->follow = 1; break;
		case 'S':	given->stats = 1; break;
		case 'v':	given->verbose = 1; break;
		case 'r':	given->require = 1; break;
		case 'p':	given->preload = 1; break;
		case 'h':
			puts("usage: fastvdso " USAGE);
			exit(0);
		default:
			run_say("unknown option: %s", argv[optind - 1]);
			return RUN_REFUSED;
		}
	}
	if (optind == argc) {
		fputs("usage: fastvdso " USAGE "\n", stderr);
		return RUN_REFUSED;
	}
	return 0;
}

/* Append to a list in the environment, unless the word is in it. 0 or -errno. */
static int append(const char *name, const char *word)
{
	const char *others = getenv(name);
	char *value;
	int ret;

	if (others && strstr(others, word))
		return 0;
	if (asprintf(&value, "%s%s%s", others ? others : "", others && *others ? ":" : "", word) < 0)
		return -ENOMEM;
	ret = setenv(name, value, 1) ? -errno : 0;
	free(value);
	return ret;
}

/*
 * The last in LD_PRELOAD, because other libraries there may define clocks of their own. A bare name, because
 * the dynamic linker ignores paths in LD_PRELOAD for set-uid programs. AddressSanitizer would refuse to
 * start, because the library is loaded before its own; that is harmless, since the library is not built with it.
 */
static int preload(const struct run_options *options)
{
	int ret = append("LD_PRELOAD", RUN_PRELOAD);

	if (!ret)
		ret = append("ASAN_OPTIONS", "verify_asan_link_order=0");
	if (!ret && options->flags && setenv("FASTVDSO_PRELOAD", "steered", 1))
		ret = -errno;
	return ret;
}

/* The program may not be allowed to make the system call instead. */
static void wait_for_steering(const struct run_options *options)
{
	struct fastvdso_status status;

	if (options->flags & FASTVDSO_STEERED)
		open_pages(FASTVDSO_STEERED, &status);
}

/* Exec the program as it is, unless that has already failed with `error`. Returns an exit status. */
static int start(const char *path, char **argv, int error)
{
	if (!error) {
		execv(path, argv);
		error = -errno;
	}
	run_say("%s: %s", path, strerror(-error));
	return error == -ENOENT ? RUN_NOT_FOUND : RUN_CANNOT;
}

static int refuse(const struct run_options *options, const char *path, char **argv,
		  const char *why, int error)
{
	if (error)
		run_say("%s: %s: %s", why, strerror(-error),
			options->require ? "not started" : "started without the image");
	else
		run_say("%s: %s: %s", path, why,
			options->require ? "not started" : "started without the image");
	return options->require ? RUN_REFUSED : start(path, argv, 0);
}

int cmd_run(int argc, char **argv)
{
	struct fastvdso_mapping mapping;
	struct stub_args plan;
	struct run_options options;
	enum fastvdso_reason reason;
	char path[PATH_MAX], program[PATH_MAX];
	const char *objection;
	char **all = argv - 1;
	int ret = parse(argc, argv, &options);

	if (ret)
		return ret;
	argv += optind;
	ret = run_find(argv[0], path, sizeof(path));
	if (ret) {
		run_say("%s: %s", argv[0], strerror(-ret));
		return ret == -ENOENT ? RUN_NOT_FOUND : RUN_CANNOT;
	}
	if (options.preload) {
		ret = preload(&options);
		if (ret)
			return refuse(&options, path, argv, "the environment cannot be set", ret);
		if (!options.require) {
			wait_for_steering(&options);
			return start(path, argv, 0);
		}
	}
	objection = run_objection(strcpy(program, path));
	if (objection == run_other_abi)
		objection = run_other_command(all);
	if (!objection && options.preload)
		objection = run_linker_objection(program);
	if (objection)
		return refuse(&options, path, argv, objection, 0);
	ret = fastvdso_map(&mapping, &fastvdso_os, FASTVDSO_DEVICE,
			   options.flags & FASTVDSO_STEERED ? FASTVDSO_MAP_STEERED : 0, &reason);
	if (ret)
		return refuse(&options, path, argv, fastvdso_strreason(reason), ret);
	if (mapping.info.clock_mode == FASTVDSO_CLOCK_NONE)
		wait_for_steering(&options);
	if (options.preload)
		return start(path, argv, 0);
	run_plan(&plan, &mapping, &options);
	return start(path, argv, run_launch(path, argv, &plan, &options));
}
