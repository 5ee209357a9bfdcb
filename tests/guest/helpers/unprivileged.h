/* SPDX-License-Identifier: GPL-2.0 */
/* Run a test as users run: as nobody, in a memory cgroup, with the capabilities of a user namespace. */
#ifndef FASTVDSO_UNPRIVILEGED_H
#define FASTVDSO_UNPRIVILEGED_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "process.h"

#define NOBODY		65534
#define CGROUPS		"/sys/fs/cgroup/"
#define CGROUP		CGROUPS "fastvdso-test/"

/* Make a cgroup, unless it exists, with a controller such as "+memory". Returns 0 or -errno. */
static inline int make_cgroup(const char *path, const char *controller)
{
	int ret;

	if (access(CGROUPS "cgroup.procs", F_OK) && mount("cgroup2", CGROUPS, "cgroup2", 0, NULL))
		return -errno;
	ret = write_file(CGROUPS "cgroup.subtree_control", controller);
	if (ret)
		return ret;
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

/* Enter a new memory cgroup. @limit: memory.max, or NULL for none. Returns 0 or -errno. */
static inline int enter_memory_cgroup(const char *limit)
{
	int ret = make_cgroup(CGROUP, "+memory");

	if (ret)
		return ret;
	ret = write_file(CGROUP "memory.max", limit ? limit : "max");
	return ret ? ret : write_file(CGROUP "cgroup.procs", "0");
}

/*
 * A CPU on which a process allocates is charged up to this many pages in advance, the kernel's MEMCG_CHARGE_BATCH.
 * They are used first, and the CPU gives back the rest when a process of another cgroup allocates on it. So on one
 * CPU the charge grows by the pages that are allocated, less or more these.
 */
#define CHARGE_BATCH	64

/* Memory charged to that cgroup, bytes; -1 on failure. Readable by anyone. */
static inline long charged_memory(void)
{
	char text[32];

	return read_line(CGROUP "memory.current", text, sizeof(text)) ? -1 : atol(text);
}

/* Become nobody for good: no capabilities, no groups, a set of generous limits. */
static inline int become_nobody(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;	/* or /proc/self/ would be root's */
}

/* Enter a user namespace, as root of it: what any user may do on most distributions. */
static inline int enter_user_namespace(void)
{
	int ret;

	if (unshare(CLONE_NEWUSER))
		return -errno;
	ret = write_file("/proc/self/setgroups", "deny");
	if (!ret)
		ret = write_file("/proc/self/uid_map", "0 65534 1");
	return ret ? ret : write_file("/proc/self/gid_map", "0 65534 1");
}

#endif
