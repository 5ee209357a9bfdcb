/* SPDX-License-Identifier: GPL-2.0 */
/* What another process has mapped. */
#ifndef FASTVDSO_OTHER_PROCESS_H
#define FASTVDSO_OTHER_PROCESS_H

#include <fastvdso.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "run/memory.h"

struct process {
	struct run_memory memory;
	uint64_t	data, code;		/* addresses; 0 if nothing is mapped */
	size_t		data_size, code_size;
	char		code_from[PATH_MAX];	/* chosen by the process: print it escaped */
	int		preload, library;
	int		is_vdso;
	int		flags_known;		/* the namespace page was readable */
	uint32_t	flags;
	uint32_t	abi_version;
	char		build_id[2 * FASTVDSO_BUILD_ID_LEN + 1];
};

/* 0, or -errno. */
int process_read(struct process *process, pid_t pid);

/* Find the pages and the code in /proc/PID/maps. Reads process->memory. */
void process_read_maps(struct process *process, FILE *maps);

#endif
