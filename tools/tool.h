/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the source files of the fastvdso command. */
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
	EXIT_FAST	= 0,	/* success, and the clocks are read from the page */
	EXIT_SLOW	= 1,	/* success, but calls fall back */
	EXIT_USAGE	= 2,	/* usage error */
	EXIT_BROKEN	= 3,	/* failure */
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

int cmd_status(int argc, char **argv);
int cmd_now(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_enable(int argc, char **argv);
int cmd_disable(int argc, char **argv);
int cmd_run(int argc, char **argv);	/* has exit statuses of its own: run/run.h */

struct options {
	int		json;
	int		metrics;
	long		pid;	/* of --pid, or 0 */
	unsigned int	flags;	/* for fastvdso_open_flags() */
};

/*
 * Parse --json and --help; --metrics, --steered and --pid only if `usage` has them. Returns the index of the
 * first operand, or -1 after printing an error.
 */
int parse_options(int argc, char **argv, int operands, const char *usage, struct options *given);

/* Map the pages, and wait until steering has started or cannot start. */
void open_pages(unsigned int flags, struct fastvdso_status *status);

/* `fastvdso status --pid`. */
int status_of_process(long pid, int json);

/* EXIT_FAST or EXIT_SLOW. */
int exit_status(const struct fastvdso_status *status);

/* The clocks by the kernel's names. */
struct clock_name {
	clockid_t	id;
	const char	*name;
	int		coarse;
	int		on_page;	/* the page has this clock */
};

extern const struct clock_name clock_names[];
extern const size_t clock_count;

/* The system call itself, not through libc or a vDSO. 0 or -errno. */
int syscall_clock_gettime(clockid_t clock, struct timespec *ts);

/* The name of an enum fastvdso_mode. */
const char *mode_name(uint32_t mode);

/* The ways to read a clock. */
enum { FAST, LIBC, KERNEL, WAYS };

/* Measure the cost of clock_gettime() each way. The best of many rounds, to exclude load on the machine. */
void measure_clock_gettime(clockid_t clock, double ns[WAYS]);

/* Nanoseconds of an ordered reading of the CPU's counter. */
double measure_counter(void);

/* Nanoseconds of a system call that does nothing. */
double measure_empty_call(void);

/* Format bytes as hexadecimal digits. `to` has room for 2 * size + 1. */
void hex(char *to, const uint8_t *bytes, size_t size);

/*
 * Print text of another process or of a file. Control characters, which could command the terminal,
 * and what is no UTF-8 are printed as octal escapes, like the kernel does in /proc.
 */
void print_escaped(const char *text);

#endif
