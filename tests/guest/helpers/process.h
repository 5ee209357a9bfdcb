/* SPDX-License-Identifier: GPL-2.0 */
/* Pin, await and kill processes, and give them time namespaces. */
#ifndef FASTVDSO_PROCESS_H
#define FASTVDSO_PROCESS_H

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "sysfs.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Pin the calling thread. */
static inline int pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Wait for a child and return its wait status: 0 after exit status 0. */
static inline int wait_for_child(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static inline void kill_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The children of this process will run in a new time namespace with these offsets. */
static inline int unshare_time(const char *offsets)
{
	return unshare(CLONE_NEWTIME) ? -errno : write_file("/proc/self/timens_offsets", offsets);
}

static inline int is_sigsegv(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

#endif
