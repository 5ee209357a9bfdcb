// SPDX-License-Identifier: GPL-2.0
/* Find the pages and the image in another process. Nothing that it contains is trusted. */
#define _GNU_SOURCE
#include "other_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_reader.h"
#include "run/proc_stat.h"
#include "run/run.h"
#include "tool.h"

#define IMAGE_MAX	(64 * 4096)

/* A file of the process in /proc: a descriptor, or -1. */
static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int is_image(const struct process *process, uint64_t address, size_t size,
		    struct fastvdso_elf *elf, void *image)
{
	if (size > IMAGE_MAX || run_read(&process->memory, image, size, address) != (ssize_t)size)
		return 0;
	return !fastvdso_elf_parse(elf, image, size) && elf->abi_version;
}

/* The code is the executable mapping right above the device's data. Its file can be another one. */
static void note_mapping(struct process *process, uint64_t start, uint64_t end, const char *perms,
			 const char *path)
{
	static _Alignas(16) char image[IMAGE_MAX];
	struct fastvdso_elf elf;

	process->preload |= strstr(path, "libfastvdso-preload.so") != NULL;
	process->library |= strstr(path, "libfastvdso.so") != NULL;
	if (process->code)
		return;
	if (!strcmp(perms, "r--s") && !strcmp(path, FASTVDSO_DEVICE)) {
		process->data = start;
		process->data_size = end - start;
	} else if (process->data && start == process->data + process->data_size &&
		   perms[2] == 'x' && is_image(process, start, end - start, &elf, image)) {
		process->code = start;
		process->code_size = end - start;
		process->abi_version = elf.abi_version;
		snprintf(process->code_from, sizeof(process->code_from), "%s", path);
		if (elf.build_id_size == FASTVDSO_BUILD_ID_LEN)
			hex(process->build_id, elf.build_id, FASTVDSO_BUILD_ID_LEN);
	}
}

void process_read_maps(struct process *process, FILE *maps)
{
	uint64_t start, end;
	char perms[5], *line = NULL;
	size_t room = 0;
	int path;

	while (getline(&line, &room, maps) > 0) {
		line[strcspn(line, "\n")] = '\0';
		path = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4[-rwxsp] %*s %*s %*s %n", &start, &end, perms,
			   &path) == 3 && path && start < end)
			note_mapping(process, start, end, perms, line + path);
	}
	free(line);
}

static unsigned long start_stack(pid_t pid)
{
	unsigned long fields[STAT_FIELDS] = { 0 };

	run_read_stat(open_proc(pid, "stat"), fields);
	return fields[STAT_START_STACK];
}

int process_read(struct process *process, pid_t pid)
{
	int fd = open_proc(pid, "mem");
	struct fastvdso_ns_page ns;
	struct run_start start;
	FILE *maps;

	if (fd < 0)
		return -errno;
	process->memory = (struct run_memory) { .pid = pid, .fd = fd };
	fd = open_proc(pid, "maps");
	maps = fd < 0 ? NULL : fdopen(fd, "r");
	if (!maps)
		return -errno;
	process_read_maps(process, maps);
	fclose(maps);
	if (!process->code)
		return 0;
	/* The kernel refuses this until the process has touched the page. */
	process->flags_known = run_read(&process->memory, &ns, sizeof(ns), process->data) == sizeof(ns);
	process->flags = process->flags_known ? ns.flags : 0;
	process->is_vdso = !run_read_start(&process->memory, start_stack(pid), &start) &&
			   start.vdso == process->code;
	return 0;
}
