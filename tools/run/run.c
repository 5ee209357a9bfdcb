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
#define PRELOAD	"libfastvdso-preload.so"

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

/* A bare name, because the dynamic linker ignores paths in LD_PRELOAD for set-uid programs. */
static int preload(const struct run_options *options)
{
	const char *others = getenv("LD_PRELOAD");
	char value[PATH_MAX];

	if (!others || !*others)
		strcpy(value, PRELOAD);
	else if ((size_t)snprintf(value, sizeof(value), PRELOAD ":%s", others) >= sizeof(value))
		return -1;
	if (setenv("LD_PRELOAD", value, 1))
		return -1;
	return options->flags ? setenv("FASTVDSO_PRELOAD", "steered", 1) : 0;
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
	static struct fastvdso_mapping mapping;
	static struct stub_args plan;
	struct run_options options;
	enum fastvdso_reason reason;
	char path[PATH_MAX];
	const char *objection;
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
		if (preload(&options))
			return refuse(&options, path, argv, "LD_PRELOAD is too long", 0);
		return start(path, argv, 0);
	}
	objection = run_objection(path);
	if (objection)
		return refuse(&options, path, argv, objection, 0);
	ret = fastvdso_map(&mapping, &fastvdso_os, FASTVDSO_DEVICE,
			   options.flags & FASTVDSO_STEERED ? FASTVDSO_MAP_STEERED : 0, &reason);
	if (ret)
		return refuse(&options, path, argv, fastvdso_strreason(reason), ret);
	ret = run_plan(&plan, &mapping, &options);
	if (ret)
		return refuse(&options, path, argv, "the mapping cannot be described to the stub", ret);
	return start(path, argv, run_launch(path, argv, &plan, &options));
}
