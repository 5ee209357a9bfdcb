/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of a process that may be traced. */
#ifndef FASTVDSO_MEMORY_H
#define FASTVDSO_MEMORY_H

#include <stddef.h>
#include <sys/types.h>

struct run_memory {
	pid_t	pid;
	int	fd;		/* /proc/PID/mem; -1: not by that */
};

/* Whether there is a /proc, and it counts processes as the caller does. */
int run_proc_is_ours(void);

/* The process is traced by the caller, and stopped. */
void run_open_memory(struct run_memory *memory, pid_t pid);
void run_close_memory(const struct run_memory *memory);

/* Bytes that were read; fewer than asked for at the end of what is mapped; or -1. */
ssize_t run_read(const struct run_memory *memory, void *bytes, size_t size, unsigned long at);

/* Whether all was written, also where the process itself may not write. */
int run_write(const struct run_memory *memory, const void *bytes, size_t size, unsigned long at);

#endif
