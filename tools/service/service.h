/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the source files of `fastvdso enable` and `fastvdso disable`. */
#ifndef FASTVDSO_SERVICE_H
#define FASTVDSO_SERVICE_H

#include <limits.h>
#include <stdio.h>

struct service_options {
	int	steered;
	int	run;		/* by the launcher, instead of the preload library */
	int	restart;
};

#define COMMANDS_MAX	16

/* A systemd service, as systemctl describes it. */
struct service {
	char	*settings;			/* NAME=VALUE lines of systemctl show */
	char	*files;				/* the unit's file and drop-ins: systemctl cat */
	char	*commands[COMMANDS_MAX];	/* values of ExecStart= in the files */
	int	command_count;
	char	name[256];
};

/* Print "fastvdso COMMAND: " and a line on stderr. Returns EXIT_BROKEN. */
__attribute__((__format__(__printf__, 1, 2))) int service_error(const char *format, ...);

/* Run systemctl. Its exit status, or -1. */
int systemctl(const char *verb, const char *unit);

/*
 * Find a unit by a name as users type it, and read its settings. 0, or EXIT_BROKEN after an error
 * message.
 */
int service_find(struct service *service, const char *name);

/* Read its commands, if it can be started. 0, or EXIT_BROKEN after an error message. */
int service_read_commands(struct service *service);

void service_free(struct service *service);

/* The value of a setting, "" if it is missing. Valid until the next call. */
const char *service_setting(const struct service *service, const char *name);

/* Write the drop-in that gives fastvdso to a service. NULL, or the reason why it cannot have it. */
const char *service_write_dropin(FILE *to, const struct service *service,
				 const struct service_options *options);

#endif
