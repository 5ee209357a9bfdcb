/* SPDX-License-Identifier: GPL-2.0 */
/* Read and write the memory of a traced process. */
#ifndef FASTVDSO_MEMORY_H
#define FASTVDSO_MEMORY_H

#include <stddef.h>
#include <sys/types.h>

struct run_memory {
	pid_t	pid;
	int	fd;		/* /proc/PID/mem, or -1 if it is not usable */
};

/* Open a file of /proc/PID, unless /proc is that of another PID namespace: a descriptor, or -1. */
int run_open_proc(pid_t pid, const char *name, int flags);

/* The caller must trace the process, which must be stopped. */
void run_open_memory(struct run_memory *memory, pid_t pid);
void run_close_memory(const struct run_memory *memory);

/* Returns the number of bytes read, or -1. Short at the end of a mapping. */
ssize_t run_read(const struct run_memory *memory, void *bytes, size_t size, unsigned long at);

/* Returns whether all bytes were written. Also writes to read-only pages. */
int run_write(const struct run_memory *memory, const void *bytes, size_t size, unsigned long at);

#endif
