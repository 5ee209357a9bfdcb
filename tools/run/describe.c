// SPDX-License-Identifier: GPL-2.0
/* What the kernel knows of a program's memory, as it tells, to be told it again. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

/* Fields of /proc/PID/stat, as proc(5) counts them; the first behind the name is 3. */
enum {
	STATE = 3, START_CODE = 26, END_CODE = 27, START_STACK = 28, START_DATA = 45, END_DATA = 46,
	START_BRK = 47, ARG_START = 48, ARG_END = 49, ENV_START = 50, ENV_END = 51, FIELDS,
};

static struct {
	pid_t	pid;
	int	fd;
} expected;

static int open_stat(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return run_proc_is_ours() ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

void run_expect(pid_t pid)
{
	expected.fd = open_stat(pid);
	expected.pid = expected.fd < 0 ? 0 : pid;
}

static int read_stat(pid_t pid, unsigned long *fields)
{
	int fd = pid == expected.pid ? expected.fd : open_stat(pid), i;
	char text[1024], *next;
	ssize_t got;

	expected.pid = 0;
	if (fd < 0)
		return -1;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	next = strrchr(text, ')');
	if (!next || strlen(next) < 4)
		return -1;
	next += 3;	/* ") " and a letter */
	for (i = STATE + 1; i < FIELDS; i++)
		fields[i] = strtoul(next, &next, 10);
	return 0;
}

int run_describe(pid_t pid, const struct run_start *start, struct prctl_mm_map *map)
{
	unsigned long fields[FIELDS] = { 0 };

	/* Who may not know is told 0, or 1. */
	if (read_stat(pid, fields) || fields[ENV_END] < 4096)
		return -1;
	*map = (struct prctl_mm_map){
		.start_code = fields[START_CODE], .end_code = fields[END_CODE],
		.start_data = fields[START_DATA], .end_data = fields[END_DATA],
		.start_brk = fields[START_BRK], .brk = fields[START_BRK],
		.start_stack = fields[START_STACK],
		.arg_start = fields[ARG_START], .arg_end = fields[ARG_END],
		.env_start = fields[ENV_START], .env_end = fields[ENV_END],
		.auxv = (void *)start->vector,
		.auxv_size = (uint32_t)(start->vector_end - start->vector),
		.exe_fd = (uint32_t)-1,
	};
	return 0;
}
