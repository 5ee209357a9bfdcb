/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the source files of `fastvdso run`. */
#ifndef FASTVDSO_RUN_H
#define FASTVDSO_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "map.h"
#include "memory.h"
#include "stub.h"

/* Exit statuses, as of env(1). */
enum {
	RUN_REFUSED	= STUB_REQUIRED,	/* usage error, or no image with --require */
	RUN_CANNOT	= 126,			/* the program exists but cannot be executed */
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

/* Search PATH for a program, as execvp() does. 0 or -errno. */
int run_find(const char *name, char *path, size_t size);

/*
 * Whether the file of a program permits the image: NULL, or the reason why not. If the file is a script,
 * `path`, of PATH_MAX bytes, is replaced by that of its interpreter.
 */
const char *run_objection(char *path);

/* The reason for a program that another build of this command starts. */
extern const char run_other_abi[];

/* Exec that build with the same arguments. If it cannot be used, returns the reason. */
const char *run_other_command(char **argv);

/* The preload library, for LD_PRELOAD. */
#define RUN_PRELOAD	"libfastvdso-preload.so"

/* Whether a program's dynamic linker loads the preload library: NULL, or the reason why not. */
const char *run_linker_objection(const char *path);

/* Fill the stub's arguments from what fastvdso_map() mapped here. */
void run_plan(struct stub_args *args, const struct fastvdso_mapping *mapping,
	      const struct run_options *options);

/* What a program's initial stack says. */
struct run_start {
	unsigned long	vdso;		/* AT_SYSINFO_EHDR; 0 if absent */
	unsigned long	vdso_at;	/* address of that value */
	unsigned long	vector;		/* start of the auxiliary vector */
	unsigned long	vector_end;
	int		secure;		/* AT_SECURE */
};

/* Parse the initial stack: skip arguments and environment, read the auxiliary vector. 0 or -1. */
int run_read_start(const struct run_memory *memory, unsigned long stack, struct run_start *start);

/* Fill the argument of PR_SET_MM_MAP for a program that is stopped at its exec. 0 or -1. */
int run_fill_mm_map(pid_t pid, const struct run_start *start, struct stub_mm_map *map);

/* Open the program's /proc/PID/stat while the launcher is busy, to save time at the exec. */
void run_preopen_stat(pid_t pid);

/*
 * Give the image to a program that is stopped at its exec. NULL, or the reason why not; the program
 * is then unchanged.
 */
const char *run_inject(pid_t pid, const struct stub_args *plan, pid_t helper);

/* Exec the program with the image. Returns only if the exec fails: -errno. */
int run_launch(const char *path, char **argv, const struct stub_args *plan,
	       const struct run_options *options);

/* Print "fastvdso run: " and a line on stderr. */
__attribute__((__format__(__printf__, 1, 2))) void run_say(const char *format, ...);

#endif
