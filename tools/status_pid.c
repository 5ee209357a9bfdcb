// SPDX-License-Identifier: GPL-2.0
/* fastvdso status --pid: what another process has mapped, and what uses it there. */
#include "other_process.h"
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static const char not_mapped[] =
	"started without fastvdso, or lost the image by execve(): fastvdso run --follow prevents that";

static void print_json(const struct process *process, const struct fastvdso_status *here)
{
	json_open(NULL, '{');
	json_int("pid", process->memory.pid);
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
	} else {
		json_string("why", not_mapped);
	}
	json_close('}');
}

static void print_text(const struct process *process, const struct fastvdso_status *here)
{
	if (!process->code) {
		printf("mapped        nothing: the image is not in use\n");
		printf("why           %s\n", not_mapped);
		return;
	}
	printf("used by       %s\n", used_by(process));
	printf("data          %#" PRIx64 ", %zu bytes\n", process->data, process->data_size);
	printf("code          %#" PRIx64 ", %zu bytes, from ", process->code, process->code_size);
	print_escaped(process->code_from);
	putchar('\n');
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

	ret = process_read(&process, (pid_t)pid);
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
