/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FASTVDSO_PROC_STAT_H
#define FASTVDSO_PROC_STAT_H

/* Fields of /proc/PID/stat, numbered as in proc(5). */
enum {
	STAT_STATE		= 3,
	STAT_START_CODE		= 26,
	STAT_END_CODE		= 27,
	STAT_START_STACK	= 28,
	STAT_START_DATA		= 45,
	STAT_END_DATA		= 46,
	STAT_START_BRK		= 47,
	STAT_ARG_START		= 48,
	STAT_ARG_END		= 49,
	STAT_ENV_START		= 50,
	STAT_ENV_END		= 51,
	STAT_FIELDS,
};

/* Parse the text of /proc/PID/stat: the numeric fields behind the state. 0 or -1. */
int run_parse_stat(char *text, unsigned long fields[STAT_FIELDS]);

/* Read the numeric fields behind the state from an open /proc/PID/stat, and close it. 0 or -1. */
int run_read_stat(int fd, unsigned long fields[STAT_FIELDS]);

#endif
