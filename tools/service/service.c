// SPDX-License-Identifier: GPL-2.0
/* Read what systemctl tells about a service. */
#define _GNU_SOURCE
#include "service.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tool.h"

/* Start systemctl with its output in a pipe, if `output` is not NULL. The process ID, or -1. */
static pid_t start_systemctl(const char *verb, const char *unit, FILE **output)
{
	int ends[2] = { -1, -1 };
	pid_t child;

	if (output && pipe2(ends, O_CLOEXEC))
		return -1;
	child = fork();
	if (!child) {
		if (output)
			dup2(ends[1], STDOUT_FILENO);
		execlp("systemctl", "systemctl", verb, "--no-pager", "--", unit, (char *)NULL);
		fprintf(stderr, "systemctl: %s\n", strerror(errno));
		_exit(127);
	}
	if (output) {
		close(ends[1]);
		*output = fdopen(ends[0], "r");
	}
	return child;
}

static int wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int systemctl(const char *verb, const char *unit)
{
	fflush(stdout);
	return wait_for(start_systemctl(verb, unit, NULL));
}

/* The output, to be freed, or NULL if systemctl fails. */
static char *systemctl_output(const char *verb, const char *unit)
{
	FILE *output = NULL;
	char *text = NULL;
	size_t size = 0;
	pid_t child = start_systemctl(verb, unit, &output);

	if (output) {
		if (getdelim(&text, &size, '\0', output) < 0 && text)
			text[0] = '\0';
		fclose(output);
	}
	if (wait_for(child)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *service_setting(const struct service *service, const char *name)
{
	static char *value;
	size_t length = strlen(name);
	const char *line;

	for (line = service->settings; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) != 0 || line[length] != '=')
			continue;
		free(value);
		value = strndup(line + length + 1, strcspn(line + length + 1, "\n"));
		return value ? value : "";
	}
	return "";
}

/* Cut the next line from the text, with the lines that continue it. NULL at the end. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	for (end = line; *end && *end != '\n'; end++)
		if (end[0] == '\\' && end[1] == '\n')
			end[0] = end[1] = ' ';
	*text = *end ? end + 1 : end;
	*end = '\0';
	return line + strspn(line, " \t");
}

/* As systemd does: an empty value discards the commands of earlier files. Changes service->files. */
static void find_commands(struct service *service)
{
	static const char key[] = "ExecStart";
	char *rest = service->files, *line, *value;
	int in_service = 0;

	while ((line = next_line(&rest))) {
		if (*line == '[')
			in_service = !strncmp(line, "[Service]", strlen("[Service]"));
		if (!in_service || strncmp(line, key, strlen(key)) != 0)
			continue;
		value = line + strlen(key);
		value += strspn(value, " \t");
		if (*value != '=')
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (!*value)
			service->command_count = 0;
		else if (service->command_count < COMMANDS_MAX)
			service->commands[service->command_count++] = value;
	}
}

/* The name is also that of a folder. */
static int is_name(const char *name)
{
	if (!*name || *name == '-' || *name == '.' || strlen(name) > 200)
		return 0;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr(":-_.\\@", *name))
			return 0;
	return 1;
}

static int is_of_another_type(const char *suffix)
{
	static const char *const types[] = {
		".socket", ".timer", ".target", ".mount", ".automount", ".swap", ".path", ".slice", ".scope",
		".device",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(suffix, types[i]))
			return 1;
	return 0;
}

int service_find(struct service *service, const char *name)
{
	const char *suffix = strrchr(name, '.');

	memset(service, 0, sizeof(*service));
	if (!is_name(name))
		return service_error("not a name of a unit: %s", name);
	if (suffix && is_of_another_type(suffix))
		return service_error("%s is not a service", name);
	snprintf(service->name, sizeof(service->name), "%s%s", name,
		 suffix && !strcmp(suffix, ".service") ? "" : ".service");
	if (strstr(service->name, "@.service"))
		return service_error("%s is a template: name one of its instances", service->name);
	service->settings = systemctl_output("show", service->name);
	if (!service->settings)
		return service_error("%s: systemctl show failed", service->name);
	/* The name given can be an alias, whose folder of drop-ins is not the right one. */
	if (is_name(service_setting(service, "Id")))
		snprintf(service->name, sizeof(service->name), "%s", service_setting(service, "Id"));
	return 0;
}

int service_read_commands(struct service *service)
{
	const char *state = service_setting(service, "LoadState");

	if (!strcmp(state, "not-found"))
		return service_error("there is no %s", service->name);
	if (strcmp(state, "loaded") != 0)
		return service_error("%s cannot be started: its state is %s", service->name, state);
	service->files = systemctl_output("cat", service->name);
	if (!service->files)
		return service_error("%s: systemctl cat failed", service->name);
	find_commands(service);
	if (!service->command_count)
		return service_error("%s: it has no ExecStart=", service->name);
	return 0;
}

void service_free(struct service *service)
{
	free(service->settings);
	free(service->files);
}
