// SPDX-License-Identifier: GPL-2.0
/* Rebuild a program's prctl_mm_map from /proc/PID/stat, so that the stub can pass it back. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "proc_stat.h"
#include "run.h"

_Static_assert(sizeof(void *) != 8 ||
	       (sizeof(struct stub_mm_map) == sizeof(struct prctl_mm_map) &&
		offsetof(struct stub_mm_map, auxv) == offsetof(struct prctl_mm_map, auxv)),
	       "the kernel's structure differs");

static struct {
	pid_t	pid;
	int	fd;
} preopened;

static int open_stat(pid_t pid)
{
	return run_open_proc(pid, "stat", O_RDONLY);
}

void run_preopen_stat(pid_t pid)
{
	preopened.fd = open_stat(pid);
	preopened.pid = preopened.fd < 0 ? 0 : pid;
}

static int read_stat(pid_t pid, unsigned long *fields)
{
	int fd = pid == preopened.pid ? preopened.fd : open_stat(pid);

	preopened.pid = 0;
	return run_read_stat(fd, fields);
}

int run_fill_mm_map(pid_t pid, const struct run_start *start, struct stub_mm_map *map)
{
	unsigned long fields[STAT_FIELDS] = { 0 };

	/* The kernel shows 0 or 1 instead of an address to a reader that lacks permission. */
	if (read_stat(pid, fields) || fields[STAT_ENV_END] < 4096)
		return -1;
	*map = (struct stub_mm_map){
		.start_code = fields[STAT_START_CODE], .end_code = fields[STAT_END_CODE],
		.start_data = fields[STAT_START_DATA], .end_data = fields[STAT_END_DATA],
		.start_brk = fields[STAT_START_BRK], .brk = fields[STAT_START_BRK],
		.start_stack = fields[STAT_START_STACK],
		.arg_start = fields[STAT_ARG_START], .arg_end = fields[STAT_ARG_END],
		.env_start = fields[STAT_ENV_START], .env_end = fields[STAT_ENV_END],
		.auxv = start->vector,
		.auxv_size = (uint32_t)(start->vector_end - start->vector),
		.exe_fd = (uint32_t)-1,
	};
	return 0;
}
