// SPDX-License-Identifier: GPL-2.0
/*
 * Use /proc/PID/mem where possible, because it takes few system calls. In a sandbox /proc can be
 * missing, read-only, or that of another PID namespace, where the PID is another process; then use
 * process_vm_readv() and PTRACE_POKEDATA.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"

/* Whether /proc is mounted and shows the caller's PID namespace. */
static int proc_is_ours(void)
{
	char self[16];
	ssize_t length = readlink("/proc/self", self, sizeof(self) - 1);

	if (length < 0)
		return 0;
	self[length] = '\0';
	return atoi(self) == getpid();
}

/* Not by printf(), whose first call touches several pages of the launcher. */
int run_open_proc(pid_t pid, const char *name, int flags)
{
	char path[32], digits[16], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do
		*--first = (char)('0' + pid % 10);
	while (pid /= 10);
	stpcpy(stpcpy(stpcpy(stpcpy(path, "/proc/"), first), "/"), name);
	return proc_is_ours() ? open(path, flags | O_CLOEXEC) : -1;
}

void run_open_memory(struct run_memory *memory, pid_t pid)
{
	memory->pid = pid;
	memory->fd = run_open_proc(pid, "mem", O_RDWR);
}

void run_close_memory(const struct run_memory *memory)
{
	if (memory->fd >= 0)
		close(memory->fd);
}

ssize_t run_read(const struct run_memory *memory, void *bytes, size_t size, unsigned long at)
{
	struct iovec here = { bytes, size }, there = { (void *)at, size };

	if (memory->fd >= 0)
		return pread(memory->fd, bytes, size, (off_t)at);
	return process_vm_readv(memory->pid, &here, 1, &there, 1, 0);
}

/* Write up to one word, and keep the rest of it. */
static int write_word(pid_t pid, const void *bytes, size_t size, unsigned long at)
{
	long word = 0;

	if (size < sizeof(word)) {
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);
		if (errno)
			return 0;
	}
	memcpy(&word, bytes, size);
	return !ptrace(PTRACE_POKEDATA, pid, (void *)at, (void *)word);
}

int run_write(const struct run_memory *memory, const void *bytes, size_t size, unsigned long at)
{
	size_t done, length;

	/* Fails for read-only pages if the kernel has proc_mem.force_override=never. */
	if (memory->fd >= 0 && pwrite(memory->fd, bytes, size, (off_t)at) == (ssize_t)size)
		return 1;
	for (done = 0; done < size; done += length) {
		length = size - done < sizeof(long) ? size - done : sizeof(long);
		if (!write_word(memory->pid, (const char *)bytes + done, length, at + done))
			return 0;
	}
	return 1;
}
