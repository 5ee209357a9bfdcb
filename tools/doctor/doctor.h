/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the source files of `fastvdso doctor`. */
#ifndef FASTVDSO_DOCTOR_H
#define FASTVDSO_DOCTOR_H

#include "../tool.h"

#include <stddef.h>

/* Whether the kernel's vDSO can read a clocksource. */
enum vdso_access {
	VDSO_YES,
	VDSO_DEPENDS,	/* on the hypervisor, or on errata */
	VDSO_NO,
	VDSO_TICK,	/* no, and the clock moves only with the tick */
};

struct clocksource {
	const char		*name;		/* the kernel's */
	const char		*about;
	enum vdso_access	access;
	const char		*if_slow;	/* advice if the vDSO cannot read it, or NULL */
};

/* What /sys, /proc and CPUID tell about a machine. */
struct machine {
	char	clocksource[64];	/* "unknown" if /sys does not tell */
	char	available[256];		/* separated by spaces */
	char	hypervisor[32];		/* "KVM", or "" */
	char	cloud[32];		/* "Amazon EC2", or "" */
	char	product[128];		/* vendor and product of the firmware's tables, or "" */
	int	has_tsc;		/* the CPU has a TSC */
	int	can_steer;		/* the module can follow the kernel's clock with it */
};

/* Read from the files below `root`, "" for this machine, and from the signatures of CPUID. */
void machine_read(struct machine *machine, const char *root, const char *signatures);

/* Whether the kernel offers a clocksource. */
int machine_offers(const struct machine *machine, const char *clocksource);

/* NULL if the name is unknown. */
const struct clocksource *clocksource_find(const char *name);

#define ADVICE_MAX	6

struct advice {
	char	lines[ADVICE_MAX][320];
	int	count;
};

__attribute__((__format__(__printf__, 2, 3))) void advise(struct advice *advice, const char *format, ...);

/* What the administrator can do about a clocksource that the kernel's vDSO does not read. */
void advise_on_clocksource(struct advice *advice, const struct machine *machine);

/* What doctor measured, in nanoseconds. */
struct costs {
	double	libc;		/* libc's clock_gettime() */
	double	fastvdso;	/* fastvdso_clock_gettime() */
	double	counter;	/* the CPU's counter, ordered */
	double	empty_call;	/* a system call that does nothing */
	double	cpu_time;	/* the system call for the CPU time of a thread */
	int	vdso_works;
	int	is_mapped;	/* fastvdso reads the clocks from its pages */
	int	is_refused;	/* the module is loaded, and does not provide these clocks */
};

/* Whether software answers the instruction that reads the counter: that takes longer than to enter the kernel. */
int counter_is_trapped(double counter_ns, double empty_call_ns);

/* One line: what fastvdso gains here, or would gain with its module. Returns whether it is worth loading. */
int describe_gain(char *line, size_t size, const struct machine *machine, const struct costs *costs);

#define LOG_LINES	8

/* Everything that doctor prints. */
struct findings {
	struct machine		machine;
	double			ns[WAYS];	/* cost of reading CLOCK_MONOTONIC */
	double			cpu_ns[WAYS];	/* cost of reading CLOCK_THREAD_CPUTIME_ID */
	double			counter_ns;
	double			empty_call_ns;
	int			is_trapped;	/* counter_is_trapped() */
	int			vdso_works;	/* libc reads the clock without a system call */
	int			fast;		/* libc or fastvdso does, and the CPU answers the counter */
	int			log_readable;
	char			log[LOG_LINES][160];
	int			log_count;
	struct fastvdso_status	status;
	char			gain[200];
	int			is_worth_loading;
	struct advice		advice;
};

/* For Prometheus. */
void print_metrics(const struct findings *found);

#endif
