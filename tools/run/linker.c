// SPDX-License-Identifier: GPL-2.0
/* Ask a program's dynamic linker whether it will load the preload library. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

/* Read the path of the dynamic linker from the program headers. NULL, or what is wrong with the file. */
static const char *find_linker(int fd, char *linker, size_t size)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
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

/* Have the linker print the libraries that the program would load, as ldd(1) does. 0 or an errno. */
static int list_libraries(pid_t *child, const char *linker, const char *path, int output)
{
	char *const argv[] = { (char *)linker, (char *)"--list", (char *)path, NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), ret;
	posix_spawn_file_actions_t actions;

	ret = posix_spawn_file_actions_init(&actions);
	if (ret)
		goto out;
	ret = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!ret && null >= 0)
		ret = posix_spawn_file_actions_adddup2(&actions, null, STDERR_FILENO);
	if (!ret)
		ret = posix_spawn(child, linker, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
out:
	if (null >= 0)
		close(null);
	return ret;
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

/* Format a reason. There is one buffer, because a program is refused for one reason. */
__attribute__((__format__(__printf__, 1, 2))) static const char *reason(const char *format, ...)
{
	static char text[PATH_MAX + 64];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above. */
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return text;
}

/* NULL if the linker loads the preload library into the program at `path`, or the reason why not. */
static const char *ask_linker(const char *linker, const char *path)
{
	int ends[2], error, status = 0, found;
	FILE *libraries;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return reason("its dynamic linker cannot be asked: %s", strerror(errno));
	error = list_libraries(&child, linker, path, ends[1]);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return reason("its dynamic linker %s cannot be executed: %s", linker, strerror(error));
	}
	libraries = fdopen(ends[0], "r");
	found = libraries && lists_preload(libraries);
	if (libraries)
		fclose(libraries);
	else
		close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (found)
		return NULL;
	if (WIFSIGNALED(status))
		return reason("%s --list was killed by signal %d", linker, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return reason("%s --list failed with exit status %d", linker, WEXITSTATUS(status));
	return "its dynamic linker does not find " RUN_PRELOAD;
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
	return ask_linker(linker, target);
}
