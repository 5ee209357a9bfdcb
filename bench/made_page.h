/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Run the image without the module: map it from its file, above data pages that this program writes
 * like the module, with values calibrated from this machine's clock.
 */
#ifndef FASTVDSO_BENCH_MADE_PAGE_H
#define FASTVDSO_BENCH_MADE_PAGE_H

#include "elf_reader.h"

/*
 * Images that differ in how they read the counter, and in the clock of their pages. The clocks of
 * hypervisors follow the two variants of the counter in the same order.
 */
enum made_variant {
	MADE_RDTSCP,
	MADE_LFENCE_RDTSC,
	MADE_COUNTERS,
	MADE_PVCLOCK_RDTSCP = MADE_COUNTERS,
	MADE_PVCLOCK_LFENCE_RDTSC,
	MADE_HVCLOCK_RDTSCP,
	MADE_HVCLOCK_LFENCE_RDTSC,
	MADE_VARIANTS
};

struct made_page {
	const char		*counter;	/* counter instruction; NULL: not supported by this CPU */
	struct fastvdso_elf	elf;
	const void		*data;		/* first data page */
	size_t			data_size;
	const void		*code;
	size_t			code_size;
};

/* Map all variants that the CPU supports. 0 or -errno. */
int made_pages_map(struct made_page made[MADE_VARIANTS]);

/* The variant that the module would choose on this CPU. */
enum made_variant made_page_choice(const struct made_page made[MADE_VARIANTS]);

/* Whether /proc/cpuinfo lists the flag. */
int cpu_has(const char *flag);

/* Update the pages if the last update is too long ago for the fast path. */
void made_pages_refresh(void);

/*
 * Start a thread on `cpu` that updates the pages `hz` times per second. 0 or -errno. Stopping it
 * returns the number of updates.
 */
int made_writer_start(int cpu, int hz);
long made_writer_stop(void);

#endif
