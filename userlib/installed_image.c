// SPDX-License-Identifier: GPL-2.0 OR MIT
#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Folders to try, in order; a distribution may define its own. */
#ifndef FASTVDSO_INSTALLED_FOLDERS
#define FASTVDSO_INSTALLED_FOLDERS "/usr/lib/fastvdso", "/usr/local/lib/fastvdso"
#endif

/* The uid that stat() reports for an owner without a mapping in this user namespace. */
#define OVERFLOW_UID		65534
/* PROC_USER_INIT_INO, the inode number of the initial user namespace. */
#define INITIAL_USER_NS_INO	0xeffffffdu

/*
 * In a user namespace that does not map the host's root, root's files appear to be owned by
 * OVERFLOW_UID. Such a file is trusted if its mount is read-only, as bind mounts of a container
 * usually are, because then it cannot be written from inside the namespace. The owner of the
 * container, who set up the mounts, chose this file just as he chose libc.
 */
static int is_from_host(int fd)
{
	struct statvfs fs;
	struct stat user_ns;

	return !fstatvfs(fd, &fs) && fs.f_flag & ST_RDONLY &&
	       !stat("/proc/self/ns/user", &user_ns) && user_ns.st_ino != INITIAL_USER_NS_INO;
}

/* Check the open file, not the path, because the open file is what will be mapped. */
static int is_trusted(int fd, struct stat *st)
{
	return !fstat(fd, st) && S_ISREG(st->st_mode) && !(st->st_mode & (S_IWGRP | S_IWOTH)) &&
	       (st->st_uid == 0 || (st->st_uid == OVERFLOW_UID && is_from_host(fd)));
}

/*
 * Not by printf(), whose first call would be a tenth of what it costs to map the image. An empty path
 * if there is no room for it.
 */
static void image_path(char *path, size_t size, const char *folder, const uint32_t *variant)
{
	unsigned int shift = 28;

	*path = '\0';
	if (strlen(folder) + sizeof("/variant-12345678/fastvdso.so") > size)
		return;
	path = stpcpy(path, folder);
	if (variant) {
		path = stpcpy(path, "/variant-");
		while (shift && !(*variant >> shift))
			shift -= 4;
		for (; shift < 32; shift -= 4)
			*path++ = "0123456789abcdef"[*variant >> shift & 15];
	}
	strcpy(path, "/fastvdso.so");
}

int fastvdso_open_installed_image(struct fastvdso_image_file *file, const uint32_t *variant)
{
	static const char *const folders[] = { FASTVDSO_INSTALLED_FOLDERS };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		image_path(file->path, sizeof(file->path), folders[i], variant);
		fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			continue;
		if (is_trusted(fd, &file->stat))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

enum fastvdso_code_choice fastvdso_code_choice(void)
{
	const char *code = secure_getenv("FASTVDSO_CODE");

	if (code && !strcmp(code, "twin"))
		return FASTVDSO_CODE_INSTALLED;
	if (code && !strcmp(code, "device"))
		return FASTVDSO_CODE_DEVICE;
	return FASTVDSO_CODE_SAME;
}
