// SPDX-License-Identifier: GPL-2.0 OR MIT
#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Where it may be installed, in the order of preference; distributions name their own. */
#ifndef FASTVDSO_TWINS
#define FASTVDSO_TWINS	"/usr/lib/fastvdso/fastvdso.so", "/usr/local/lib/fastvdso/fastvdso.so"
#endif

/* Whom the kernel names where an owner has no number; and its first user namespace, PROC_USER_INIT_INO. */
#define NOBODY		65534
#define FIRST_USERS	0xeffffffdu

/*
 * Within a user namespace the host's root has no number, and his files look like nobody's.
 * Such a file is taken if the mount that it is on is read-only, as containers have what
 * is bound into them: then nobody who is in there writes to it. That it stands here is the doing
 * of whoever made the mounts, who also chose libc.
 */
static int is_of_the_host(int fd)
{
	struct statvfs fs;
	struct stat users;

	return !fstatvfs(fd, &fs) && fs.f_flag & ST_RDONLY &&
	       !stat("/proc/self/ns/user", &users) && users.st_ino != FIRST_USERS;
}

/* What is checked is what is open, and that is what will be mapped. */
static int is_trusted(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
	       (st.st_uid == 0 || (st.st_uid == NOBODY && is_of_the_host(fd)));
}

int fastvdso_open_twin(const char **path)
{
	static const char *const twins[] = { FASTVDSO_TWINS };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		fd = open(twins[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			continue;
		if (is_trusted(fd)) {
			*path = twins[i];
			return fd;
		}
		close(fd);
	}
	return -ENOENT;
}

int fastvdso_wants_twin(void)
{
	const char *code = secure_getenv("FASTVDSO_CODE");

	return code && !strcmp(code, "twin");
}
