// SPDX-License-Identifier: GPL-2.0 OR MIT
#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where it may be installed, in the order of preference; distributions name their own. */
#ifndef FASTVDSO_TWINS
#define FASTVDSO_TWINS	"/usr/lib/fastvdso/fastvdso.so", "/usr/local/lib/fastvdso/fastvdso.so"
#endif

/* What is checked is what is open, and that is what will be mapped. */
static int is_trusted(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
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
