// SPDX-License-Identifier: GPL-2.0
/* fastvdso enable, fastvdso disable: a drop-in that gives fastvdso to a systemd service. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tool.h"
#include "service.h"

#define ENABLE_USAGE	"enable [--steered] [--run] [--restart] UNIT"
#define DISABLE_USAGE	"disable [--restart] UNIT"

/* The last of the drop-ins in alphabetical order, so that it replaces the ExecStart= of all others. */
#define DROPIN		"zz-fastvdso.conf"

static const char *command;	/* "enable" or "disable" */

int service_error(const char *format, ...)
{
	va_list values;

	fprintf(stderr, "fastvdso %s: ", command);
	va_start(values, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above. */
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
	return EXIT_BROKEN;
}

/* 0 or EXIT_USAGE. */
static int parse(int argc, char **argv, const char *usage, struct service_options *given)
{
	static const struct option options[] = {
		{ "steered", no_argument, NULL, 's' },
		{ "run", no_argument, NULL, 'r' },
		{ "restart", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(given, 0, sizeof(*given));
	command = argv[0];
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			printf("usage: fastvdso %s\n", usage);
			exit(0);
		}
		if (c == 's' && strstr(usage, "--steered")) {
			given->steered = 1;
		} else if (c == 'r' && strstr(usage, "--run")) {
			given->run = 1;
		} else if (c == 'R') {
			given->restart = 1;
		} else {
			service_error("unknown option: %s", argv[optind - 1]);
			return EXIT_USAGE;
		}
	}
	if (argc - optind == 1)
		return 0;
	fprintf(stderr, "usage: fastvdso %s\n", usage);
	return EXIT_USAGE;
}

/* The folder of the unit's drop-ins, and the path of ours. */
static void find_paths(const struct service *service, char folder[PATH_MAX], char path[PATH_MAX])
{
	const char *units = getenv("FASTVDSO_UNIT_DIR");

	snprintf(folder, PATH_MAX, "%s/%s.d", units && *units ? units : "/etc/systemd/system", service->name);
	snprintf(path, PATH_MAX, "%.*s/" DROPIN, PATH_MAX - 32, folder);
}

/* Have systemd read the drop-ins, and restart the unit only on request. */
static int finish(const struct service *service, const struct service_options *given)
{
	if (systemctl("daemon-reload", NULL))
		return service_error("systemctl daemon-reload failed");
	if (!given->restart) {
		printf("%s was not restarted. To do so: systemctl restart %s\n", service->name,
		       service->name);
		return 0;
	}
	if (systemctl("restart", service->name))
		return service_error("%s: systemctl restart failed", service->name);
	printf("%s was restarted.\n", service->name);
	return 0;
}

/* Write the whole file, or none. 0 or -errno. */
static int write_file(const char *folder, const char *path, const char *text)
{
	char temporary[PATH_MAX];
	FILE *file;
	int ret;

	if (mkdir(folder, 0755) && errno != EEXIST)
		return -errno;
	/* systemd reads only names that end in ".conf". */
	snprintf(temporary, sizeof(temporary), "%.*s.new", PATH_MAX - 8, path);
	file = fopen(temporary, "we");
	if (!file)
		return -errno;
	errno = 0;
	fputs(text, file);
	ret = ferror(file);
	if (fclose(file) || ret || chmod(temporary, 0644) || rename(temporary, path)) {
		ret = errno ? -errno : -EIO;
		unlink(temporary);
		return ret;
	}
	return 0;
}

static int enable(const struct service *service, const struct service_options *given)
{
	char folder[PATH_MAX], path[PATH_MAX], *text = NULL;
	const char *objection;
	size_t size = 0;
	FILE *dropin;
	int ret;

	find_paths(service, folder, path);
	if (!access(path, F_OK))
		return service_error("%s is already enabled, by %s: first fastvdso disable %s", service->name,
				     path, service->name);
	dropin = open_memstream(&text, &size);
	if (!dropin)
		return service_error("%s", strerror(errno));
	objection = service_write_dropin(dropin, service, given);
	fclose(dropin);
	if (objection) {
		free(text);
		return service_error("%s: %s", service->name, objection);
	}
	ret = write_file(folder, path, text);
	if (ret)
		service_error("%s: %s", path, strerror(-ret));
	else
		printf("%s:\n%s\n", path, text);
	free(text);
	if (ret)
		return EXIT_BROKEN;
	if (access(FASTVDSO_DEVICE, F_OK))
		printf("There is no " FASTVDSO_DEVICE ": until the module is loaded, %s runs without it.\n",
		       service->name);
	return finish(service, given);
}

static int disable(const struct service *service, const struct service_options *given)
{
	char folder[PATH_MAX], path[PATH_MAX];

	find_paths(service, folder, path);
	if (unlink(path)) {
		if (errno == ENOENT)
			return service_error("%s is not enabled: there is no %s", service->name, path);
		return service_error("%s: %s", path, strerror(errno));
	}
	printf("Removed %s.\n", path);
	rmdir(folder);	/* fails if it has other files */
	return finish(service, given);
}

int cmd_enable(int argc, char **argv)
{
	struct service_options given;
	struct service service;
	int ret = parse(argc, argv, ENABLE_USAGE, &given);

	if (ret)
		return ret;
	ret = service_find(&service, argv[optind]);
	if (!ret)
		ret = service_read_commands(&service);
	if (!ret)
		ret = enable(&service, &given);
	service_free(&service);
	return ret;
}

int cmd_disable(int argc, char **argv)
{
	struct service_options given;
	struct service service;
	int ret = parse(argc, argv, DISABLE_USAGE, &given);

	if (ret)
		return ret;
	ret = service_find(&service, argv[optind]);
	if (!ret)
		ret = disable(&service, &given);
	service_free(&service);
	return ret;
}
