// SPDX-License-Identifier: GPL-2.0
/* Ask a program's dynamic linker whether it will load the preload library. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

/* Read the path of the dynamic linker from the program headers. NULL, or what is wrong with the file. */
static const char *find_linker(int fd, char *linker, size_t size)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	unsigned int i;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return "it is not an ELF file";
	for (i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
			return "its program headers cannot be read";
		if (segment.p_type != PT_INTERP)
			continue;
		if (segment.p_filesz >= size ||
		    pread(fd, linker, segment.p_filesz, (off_t)segment.p_offset) != (ssize_t)segment.p_filesz)
			return "its program headers cannot be read";
		linker[segment.p_filesz] = '\0';
		return NULL;
	}
	return "it is static, so it loads no library";
}

/* In the child: print the libraries that the program would load, as ldd(1) does. */
static void list_libraries(const char *linker, const char *path, int output)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDERR_FILENO);
	dup2(output, STDOUT_FILENO);
	execl(linker, linker, "--list", path, (char *)NULL);
	_exit(RUN_NOT_FOUND);
}

/* A line is "NAME => PATH (0xADDRESS)", or "NAME => not found". */
static int lists_preload(FILE *libraries)
{
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (getline(&line, &size, libraries) > 0)
		found |= strstr(line, RUN_PRELOAD) && strstr(line, " (0x");
	free(line);
	return found;
}

static int loads_preload(const char *linker, const char *path)
{
	int ends[2], found = 0;
	FILE *libraries;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return 0;
	child = fork();
	if (!child)
		list_libraries(linker, path, ends[1]);
	close(ends[1]);
	libraries = fdopen(ends[0], "r");
	if (libraries) {
		found = lists_preload(libraries);
		fclose(libraries);
	} else {
		close(ends[0]);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	return found;
}

const char *run_linker_objection(const char *path)
{
	char linker[PATH_MAX], target[PATH_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *objection;

	if (fd < 0)
		return errno == ENOENT ? NULL : "its file cannot be read";	/* exec reports the first */
	objection = find_linker(fd, linker, sizeof(linker));
	close(fd);
	if (objection)
		return objection;
	/* By exec the linker gets $ORIGIN from the kernel, without symbolic links; here from the path. */
	if (!realpath(path, target))
		return "its file cannot be read";
	return loads_preload(linker, target) ? NULL : "its dynamic linker does not find " RUN_PRELOAD;
}
