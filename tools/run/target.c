// SPDX-License-Identifier: GPL-2.0
/* Find a program's file, and check whether it can have the image. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf_machine.h"
#include "run.h"
#include "tracee.h"

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

const char *run_objection(char *path)
{
	char head[256], *next;
	const Elf64_Ehdr *header = (const void *)head;
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
			return header->e_ident[EI_CLASS] == ELFCLASS64 &&
			       header->e_machine == FASTVDSO_ELF_MACHINE ? NULL :
			       "it is a program for another architecture";
		next = interpreter(head);
		if (!next)
			return NULL;
		strcpy(path, next);
	}
	return NULL;
}
