// SPDX-License-Identifier: GPL-2.0
/* Find a program's file, and check whether it can have the image. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf_machine.h"
#include "other_abi.h"
#include "run.h"
#include "tracee.h"

#define NOT_OURS	"it is a program for another architecture"

const char run_other_abi[] = OTHER_LAUNCHER " is not installed";

static int is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? -errno : 0;
}

int run_find(const char *name, char *path, size_t size)
{
	const char *from = getenv("PATH"), *end;
	int ret, error = -ENOENT;

	if (strchr(name, '/')) {
		if (strlen(name) >= size)
			return -ENAMETOOLONG;
		strcpy(path, name);
		return 0;
	}
	if (!*name)
		return -ENOENT;
	for (from = from ? from : "/bin:/usr/bin"; from; from = *end ? end + 1 : NULL) {
		end = strchrnul(from, ':');
		if ((size_t)(end - from) + strlen(name) + 2 > size)
			continue;
		memcpy(path, from, (size_t)(end - from));
		path[end - from] = '\0';
		if (end != from)
			strcat(path, "/");
		strcat(path, name);
		ret = is_program(path);
		if (!ret)
			return 0;
		if (ret != -ENOENT && ret != -ENOTDIR)
			error = ret;
	}
	return error;
}

/* Cut "#! INTERPRETER ARGUMENT" down to the interpreter, in place. NULL if it is no script. */
static char *interpreter(char *head)
{
	char *name;

	if (head[0] != '#' || head[1] != '!')
		return NULL;
	name = head + 2 + strspn(head + 2, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return *name ? name : NULL;
}

/* Class and machine are at the same place in all ELF files. */
static const char *object_to_abi(const ElfW(Ehdr) *header)
{
	if (header->e_ident[EI_CLASS] == FASTVDSO_ELF_CLASS && header->e_machine == FASTVDSO_ELF_MACHINE)
		return NULL;
	if (header->e_ident[EI_CLASS] == OTHER_CLASS && header->e_machine == OTHER_MACHINE)
		return run_other_abi;
	return NOT_OURS;
}

/* Whether only root and this user can change a file or folder. */
static bool is_trusted(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Open the folder of the other build: OTHER_FOLDER next to this command's folder, which is named bin. */
static int open_other_folder(void)
{
	char path[PATH_MAX + sizeof(OTHER_FOLDER)], *last;
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (length <= 0)
		return -1;
	path[length] = '\0';
	last = strrchr(path, '/');
	if (!last)
		return -1;
	*last = '\0';
	last = strrchr(path, '/');
	if (!last || strcmp(last, "/bin") != 0)
		return -1;
	strcpy(last + 1, OTHER_FOLDER);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

const char *run_other_command(char **argv)
{
	static char reason[128];
	struct stat file, parent, own;
	int folder = open_other_folder();

	if (folder < 0 || fstat(folder, &parent) || fstatat(folder, "fastvdso", &file, AT_SYMLINK_NOFOLLOW) ||
	    stat("/proc/self/exe", &own))
		return run_other_abi;
	if (!S_ISREG(file.st_mode))
		return OTHER_LAUNCHER " is no regular file";
	if (!is_trusted(&file) || !is_trusted(&parent))
		return OTHER_LAUNCHER " can be changed by other users";
	if (file.st_dev == own.st_dev && file.st_ino == own.st_ino)
		return OTHER_LAUNCHER " is the one for 64-bit programs";
	/* By its folder, which cannot become another one after the check. */
	syscall(SYS_execveat, folder, "fastvdso", argv, environ, 0);
	snprintf(reason, sizeof(reason), OTHER_LAUNCHER ": %s", strerror(errno));
	return reason;
}

const char *run_objection(char *path)
{
	char head[256], *next;
	struct stat st;
	ssize_t got;
	int fd, depth;

	for (depth = 0; depth < 5; depth++) {
		if (stat(path, &st))
			return NULL;	/* exec reports it */
		if (st.st_mode & S_ISUID || (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
			return "it is set-uid or set-gid";
		if (getxattr(path, "security.capability", NULL, 0) > 0)
			return "it has file capabilities";
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return NULL;
		memset(head, 0, sizeof(head));
		got = read(fd, head, sizeof(head) - 1);
		close(fd);
		if (got > EI_CLASS && !memcmp(head, ELFMAG, SELFMAG))
			return object_to_abi((const void *)head);
		next = interpreter(head);
		if (!next)
			return NULL;
		strcpy(path, next);
	}
	return NULL;
}
