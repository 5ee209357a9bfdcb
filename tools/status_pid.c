// SPDX-License-Identifier: GPL-2.0
/* fastvdso status --pid: what another process has mapped, and what uses it there. */
#define _GNU_SOURCE
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elf_reader.h"
#include "run/proc_stat.h"
#include "run/run.h"

#define IMAGE_MAX	(64 * 4096)

struct process {
	long		pid;
	int		mem;
	uint64_t	data, code;		/* addresses; 0 if nothing is mapped */
	size_t		data_size, code_size;
	char		code_from[PATH_MAX];
	int		preload, library;
	int		is_vdso;
	int		flags_known;		/* the namespace page was readable */
	uint32_t	flags;
	uint32_t	abi_version;
	char		build_id[2 * FASTVDSO_BUILD_ID_LEN + 1];
};

static FILE *open_proc(long pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return fopen(path, "re");
}

static int is_image(const struct process *process, uint64_t address, size_t size,
		    struct fastvdso_elf *elf, void *image)
{
	if (size > IMAGE_MAX || pread(process->mem, image, size, (off_t)address) != (ssize_t)size)
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
	if (!strncmp(perms, "r--s", 4) && !strncmp(path, FASTVDSO_DEVICE, strlen(FASTVDSO_DEVICE))) {
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

static unsigned long start_stack(long pid)
{
	unsigned long fields[STAT_FIELDS] = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	run_read_stat(open(path, O_RDONLY | O_CLOEXEC), fields);
	return fields[STAT_START_STACK];
}

/* 0, or -errno. */
static int look_at(struct process *process)
{
	char line[PATH_MAX + 128], path[PATH_MAX], perms[8];
	struct run_memory memory = { .pid = (pid_t)process->pid };
	struct fastvdso_ns_page ns;
	struct run_start start;
	uint64_t from, to;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%ld/mem", process->pid);
	process->mem = open(path, O_RDONLY | O_CLOEXEC);
	if (process->mem < 0)
		return -errno;
	maps = open_proc(process->pid, "maps");
	if (!maps)
		return -errno;
	while (fgets(line, sizeof(line), maps)) {
		path[0] = '\0';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %4095[^\n]", &from, &to,
			   perms, path) >= 3)
			note_mapping(process, from, to, perms, path);
	}
	fclose(maps);
	if (!process->code)
		return 0;
	/* The kernel refuses this until the process has touched the page. */
	process->flags_known = pread(process->mem, &ns, sizeof(ns), (off_t)process->data) == sizeof(ns);
	process->flags = process->flags_known ? ns.flags : 0;
	memory.fd = process->mem;
	process->is_vdso = !run_read_start(&memory, start_stack(process->pid), &start) &&
			   start.vdso == process->code;
	return 0;
}

static const char *used_by(const struct process *process)
{
	if (process->is_vdso)
		return "libc, as its vDSO";
	if (process->preload)
		return "libfastvdso-preload.so";
	return process->library ? "libfastvdso.so" : "the program, with its own copy of the library";
}

/* Mode of the other process's clock_gettime(): as in this process, but steered only if it opted in. */
static uint32_t mode_of(const struct process *process, const struct fastvdso_status *here)
{
	if (here->mode == FASTVDSO_MODE_STEERED && !(process->flags & FASTVDSO_NS_STEERED))
		return FASTVDSO_MODE_FALLBACK;
	return here->mode;
}

static void print_json(const struct process *process, const struct fastvdso_status *here)
{
	json_open(NULL, '{');
	json_int("pid", process->pid);
	json_bool("mapped", process->code != 0);
	if (process->code) {
		json_string("used_by", used_by(process));
		json_bool("vdso", process->is_vdso);
		json_string("code_from", process->code_from);
		json_int("abi_version", process->abi_version);
		json_string("build_id", process->build_id);
		json_bool("touched", process->flags_known);
		json_bool("posix_steered", process->flags & FASTVDSO_NS_STEERED);
		json_string("clock_gettime", mode_name(mode_of(process, here)));
	}
	json_close('}');
}

static void print_text(const struct process *process, const struct fastvdso_status *here)
{
	if (!process->code) {
		printf("mapped        nothing\n");
		return;
	}
	printf("used by       %s\n", used_by(process));
	printf("data          %#" PRIx64 ", %zu bytes\n", process->data, process->data_size);
	printf("code          %#" PRIx64 ", %zu bytes, from %s\n", process->code,
	       process->code_size, process->code_from);
	printf("ABI version   %u\n", process->abi_version);
	printf("build-id      %s\n", process->build_id);
	if (!process->flags_known)
		printf("clock_gettime unknown: not called yet, or its page is not readable\n");
	else
		printf("clock_gettime %s\n", mode_name(mode_of(process, here)));
}

int status_of_process(long pid, int json)
{
	static struct process process;
	struct fastvdso_status here;
	int ret;

	process.pid = pid;
	ret = look_at(&process);
	if (ret) {
		fprintf(stderr, "fastvdso status: process %ld: %s\n", pid, strerror(-ret));
		return EXIT_BROKEN;
	}
	open_pages(0, &here);
	if (json)
		print_json(&process, &here);
	else
		print_text(&process, &here);
	return process.code ? EXIT_FAST : EXIT_SLOW;
}
