// SPDX-License-Identifier: GPL-2.0
#include "proc_stat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_parse_stat(char *text, unsigned long fields[STAT_FIELDS])
{
	char *next;
	int i;

	/* The name of the program is in parentheses, and may itself contain spaces and parentheses. */
	next = strrchr(text, ')');
	if (!next || strlen(next) < 4)
		return -1;
	next += 3;	/* ") " and the letter of the state */
	for (i = STAT_STATE + 1; i < STAT_FIELDS; i++)
		fields[i] = strtoul(next, &next, 10);
	return 0;
}

int run_read_stat(int fd, unsigned long fields[STAT_FIELDS])
{
	char text[1024];
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	return run_parse_stat(text, fields);
}
