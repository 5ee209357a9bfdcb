// SPDX-License-Identifier: GPL-2.0
/* What a service needs in order to use fastvdso, from its own settings. docs/containers.md explains them. */
#define _GNU_SOURCE
#include "service.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../read_line.h"
#include "../run/run.h"
#include "../tool.h"

static int is_set(const struct service *service, const char *name)
{
	return !strcmp(service_setting(service, name), "yes");
}

/* Whether a list of words has this one. A word may have a suffix after a colon, as in "ptrace:EPERM". */
static int has_call(const char *list, const char *call)
{
	size_t length = strlen(call);

	for (; *list; list += strspn(list, " ")) {
		size_t word = strcspn(list, " ");

		if (!strncmp(list, call, length) && (word == length || list[length] == ':'))
			return 1;
		list += word;
	}
	return 0;
}

/* systemctl prints a filter as a list of allowed calls, or after "~" of forbidden ones. */
static void allow_calls(FILE *to, const struct service *service, const char *const calls[])
{
	const char *filter = service_setting(service, "SystemCallFilter");
	int forbids = *filter == '~';

	for (; *filter && *calls; calls++)
		if (has_call(filter + forbids, *calls) == forbids)
			fprintf(to, "SystemCallFilter=%s\n", *calls);
}

/*
 * DeviceAllow= only where devices are restricted, because it would forbid all others elsewhere. `program` is
 * what the service executes besides its own programs, or "".
 */
static void allow_paths(FILE *to, const struct service *service, const char *program)
{
	int is_private = is_set(service, "PrivateDevices");
	const char *policy = service_setting(service, "DevicePolicy");
	int is_closed = !strcmp(policy, "closed") || !strcmp(policy, "strict");

	if (is_private || is_closed || *service_setting(service, "DeviceAllow"))
		fputs("DeviceAllow=" FASTVDSO_DEVICE " r\n", to);
	/* The minus is for boots without the module. */
	if (is_private)
		fputs("BindReadOnlyPaths=-" FASTVDSO_DEVICE "\n", to);
	if (*service_setting(service, "NoExecPaths"))
		fprintf(to, "ExecPaths=-" FASTVDSO_DEVICE " -/usr/lib/fastvdso%s%s\n", *program ? " " : "",
			program);
}

/* Files of the environment have precedence over Environment=. */
static int is_in_environment_file(const struct service *service, const char *name)
{
	static const char key[] = "EnvironmentFiles=";
	char path[PATH_MAX], value[8];
	const char *line;

	for (line = service->settings; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line += strlen(key);
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(line, " \n"), line);
		read_line(path, name, value, sizeof(value));
		if (*value)
			return 1;
	}
	return 0;
}

/*
 * The value of LD_PRELOAD= in the list of variables, each of which can be in quotes, and its length; NULL if
 * it is not there.
 */
static const char *find_preload(const char *list, size_t *length)
{
	static const char name[] = "LD_PRELOAD=";
	const char *found = list;

	while ((found = strstr(found, name)) && found != list && !strchr(" \"", found[-1]))
		found++;
	if (!found)
		return NULL;
	*length = strcspn(found + strlen(name), found != list && found[-1] == '"' ? "\"" : " ");
	return found + strlen(name);
}

/* Append to the unit's own LD_PRELOAD, since other libraries there may define clocks of their own. */
static const char *preload(FILE *to, const struct service *service, const struct service_options *options)
{
	size_t length = 0;
	const char *own = find_preload(service_setting(service, "Environment"), &length);

	if (is_in_environment_file(service, "LD_PRELOAD="))
		return "one of its files of the environment sets LD_PRELOAD";
	if (own && memchr(own, '\\', length))
		return "its LD_PRELOAD has quotes that cannot be repeated";
	fputs("Environment=\"LD_PRELOAD=", to);
	for (; own && length; length--, own++)
		fprintf(to, *own == '%' ? "%%%%" : "%c", *own);
	fputs(own ? ":" RUN_PRELOAD "\"\n" : RUN_PRELOAD "\"\n", to);
	if (options->steered)
		fputs("Environment=FASTVDSO_PRELOAD=steered\n", to);
	return NULL;
}

/* Characters before the program: what to do about failures, privileges, and variables. */
#define PREFIXES	"-:+!"

static const char *launch(FILE *to, const struct service *service, const struct service_options *options,
			  const char *self)
{
	int i;

	if (self[strcspn(self, " \t\"'\\%$")])
		return "the path of this program needs quotes";
	fputs("ExecStart=\n", to);
	for (i = 0; i < service->command_count; i++) {
		const char *command = service->commands[i];
		int prefixes = (int)strspn(command, PREFIXES);

		if (strchr("@|", command[prefixes]))
			return "its ExecStart= begins with @ or |, which the launcher cannot repeat";
		fprintf(to, "ExecStart=%.*s%s run %s-- %s\n", prefixes, command, self,
			options->steered ? "--steered " : "", command + prefixes);
	}
	return NULL;
}

/* Debian's script for PostgreSQL replaces its whole environment, and starts another program. */
static int is_pg_ctlcluster(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && !strcmp(name, "/pg_ctlcluster");
}

/* Whether the image or the library can be in the service's program: NULL, or the reason why not. */
static const char *program_objection(const struct service *service, const struct service_options *options)
{
	const char *found = strstr(service_setting(service, "ExecStart"), "path=");
	static char hint[128];
	const char *objection;
	char path[PATH_MAX];

	if (!found)
		return NULL;
	found += strlen("path=");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(found, " ;"), found);
	if (is_pg_ctlcluster(path))
		return "pg_ctlcluster gives the server an environment of its own: add "
		       "LD_PRELOAD = '" RUN_PRELOAD "' to /etc/postgresql/VERSION/CLUSTER/environment";
	objection = run_objection(path);
	if (objection || options->run)
		return objection;
	setenv("LD_PRELOAD", RUN_PRELOAD, 1);
	objection = run_linker_objection(path);
	unsetenv("LD_PRELOAD");
	if (objection)
		snprintf(hint, sizeof(hint), "%s; fastvdso enable --run may work", objection);
	return objection ? hint : NULL;
}

const char *service_write_dropin(FILE *to, const struct service *service,
				 const struct service_options *options)
{
	static const char *const preload_calls[] = { "openat", "ioctl", "mmap", "munmap", "close", NULL };
	static const char *const run_calls[] = {
		"openat", "ioctl", "mmap", "munmap", "close", "ptrace", "process_vm_readv", NULL,
	};
	const char *objection;
	char self[PATH_MAX] = "";

	if (*service_setting(service, "RootDirectory") || *service_setting(service, "RootImage"))
		return "it has a root folder of its own, in which fastvdso may be missing";
	objection = program_objection(service, options);
	if (objection)
		return objection;
	if (options->run && readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return "/proc does not tell the path of this program";
	fputs("# Written by fastvdso enable. fastvdso disable removes it.\n[Service]\n", to);
	objection = options->run ? launch(to, service, options, self) : preload(to, service, options);
	allow_paths(to, service, self);
	allow_calls(to, service, options->run ? run_calls : preload_calls);
	return objection;
}
