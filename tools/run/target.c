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

#define NOT_OURS	"it is a program for another architecture"

/* Not every architecture has programs of two ABIs. */
#if __has_include("other_abi.h")
#include "other_abi.h"
#else
#define OTHER_CLASS	ELFCLASSNONE
#define OTHER_MACHINE	EM_NONE
#define OTHER_COMMAND	""
#define OTHER_MISSING	NOT_OURS
#endif

const char run_other_abi[] = OTHER_MISSING;

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

int run_other_command(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size);
	int levels;

	if (length <= 0 || (size_t)length + sizeof(OTHER_COMMAND) > size)
		return 0;
	path[length] = '\0';
	for (levels = 0; levels < 2; levels++) {
		char *last = strrchr(path, '/');

		if (!last)
			return 0;
		*last = '\0';
	}
	strcat(path, "/" OTHER_COMMAND);
	return 1;
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
