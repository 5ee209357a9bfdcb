/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of `fastvdso run`. */
#ifndef FASTVDSO_RUN_H
#define FASTVDSO_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "map.h"
#include "memory.h"
#include "stub.h"

/* Exit statuses: those of env(1) and its like. */
enum {
	RUN_REFUSED	= STUB_REQUIRED,	/* our own failure, or --require */
	RUN_CANNOT	= 126,			/* the program is there, but cannot be executed */
	RUN_NOT_FOUND	= 127,
};

struct run_options {
	unsigned int	flags;		/* FASTVDSO_STEERED, or 0 */
	int		follow;
	int		stats;
	int		verbose;
	int		require;
	int		preload;
};

/* Where a name is looked for, as execvp() does: 0 and the path, or -errno. */
int run_find(const char *name, char *path, size_t size);

/* Whether a program can be given the image at all: NULL, or why not. Follows "#!". */
const char *run_objection(const char *path);

/* What the stub is to do, from what fastvdso_map() did here. 0, or -errno. */
int run_plan(struct stub_args *args, const struct fastvdso_mapping *mapping,
	     const struct run_options *options);

/* Of the stack on which a program starts: what tells where things are. */
struct run_start {
	unsigned long	vdso;		/* address of the image; 0 if there is none */
	unsigned long	vdso_at;	/* and where that is written */
	unsigned long	vector;		/* the auxiliary vector, */
	unsigned long	vector_end;	/* and the end of it */
	int		secure;
};

/*
 * The auxiliary vector on that stack, behind the arguments and the environment, however
 * many. 0, or -1.
 */
int run_read_start(const struct run_memory *memory, unsigned long stack, struct run_start *start);

/*
 * What the kernel knows of the memory of a program that stands at its exec, with the
 * auxiliary vector of its stack: the layout is PR_SET_MM_MAP's. 0, or -1.
 */
struct prctl_mm_map;
int run_fill_mm_map(pid_t pid, const struct run_start *start, struct prctl_mm_map *map);

/* While there is time: another program is going to be described that is not there yet. */
void run_preopen_stat(pid_t pid);

/*
 * Give the image to a program that stands at its exec: NULL, or why not; then it is
 * as it was.
 */
const char *run_inject(pid_t pid, const struct stub_args *plan, pid_t helper);

/* Become the program, with the image. Returns what is to become of the exec: -errno. */
int run_launch(const char *path, char **argv, const struct stub_args *plan,
	       const struct run_options *options);

/* "fastvdso run: " and a line. */
__attribute__((__format__(__printf__, 1, 2))) void run_say(const char *format, ...);

#endif
