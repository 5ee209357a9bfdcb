/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the fastvdso command share. */
#ifndef FASTVDSO_TOOL_H
#define FASTVDSO_TOOL_H

#include "json.h"
#include "timespec.h"

#include <fastvdso.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Exit statuses, the same for every subcommand. */
enum {
	EXIT_FAST	= 0,	/* done; where it applies: the page serves */
	EXIT_SLOW	= 1,	/* done, but calls fall back */
	EXIT_USAGE	= 2,	/* the command line is wrong */
	EXIT_BROKEN	= 3,	/* what was asked for cannot be done */
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

int cmd_status(int argc, char **argv);
int cmd_now(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_run(int argc, char **argv);	/* has exit statuses of its own: run/run.h */

struct options {
	int		json;
	long		pid;	/* of --pid, where the usage says so; or 0 */
	unsigned int	flags;	/* of fastvdso_open_flags() */
};

/*
 * Options common to all: --json, and --steered where the usage says so. Returns the index
 * of the first operand, or -1 after having complained.
 */
int parse_options(int argc, char **argv, int operands, const char *usage, struct options *given);

/* fastvdso_open_flags(), and the status once it is settled. */
void open_pages(unsigned int flags, struct fastvdso_status *status);

/* `fastvdso status --pid`. */
int status_of_process(long pid, int json);

/* EXIT_FAST or EXIT_SLOW. */
int exit_status(const struct fastvdso_status *status);

/* The clocks, with the kernel's names. */
struct clock_name {
	clockid_t	id;
	const char	*name;
	int		coarse;
	int		on_page;	/* the page can serve it at all */
};

extern const struct clock_name clock_names[];
extern const size_t clock_count;

/* The system call itself, past libc and every vDSO: 0 or -errno. */
int syscall_clock_gettime(clockid_t clock, struct timespec *ts);

/* An enum fastvdso_mode in a word. */
const char *mode_name(uint32_t mode);

/* The ways to make a call. */
enum { FAST, LIBC, KERNEL, WAYS };

/*
 * What clock_gettime() costs each way, nanoseconds: the best of rounds that take turns,
 * which holds on a machine that has much else to do.
 */
void measure_clock_gettime(clockid_t clock, double ns[WAYS]);

/* Bytes as hexadecimal digits: `to` has room for 2 * size + 1. */
void hex(char *to, const uint8_t *bytes, size_t size);

#endif
