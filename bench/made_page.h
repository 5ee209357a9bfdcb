/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The image where no module is: mapped from its file over pages that this program writes
 * as the module would, with values calibrated from this machine's clock.
 */
#ifndef FASTVDSO_BENCH_MADE_PAGE_H
#define FASTVDSO_BENCH_MADE_PAGE_H

#include "elf_reader.h"

/* Images with different ways to read the counter, each with pages of its own. */
enum made_variant {
	MADE_RDTSCP,
	MADE_LFENCE_RDTSC,
	MADE_VARIANTS
};

struct made_page {
	const char		*counter;	/* how it reads the counter; NULL: not on this CPU */
	struct fastvdso_elf	elf;
	const void		*data;		/* the first of the data pages */
	size_t			data_size;
	const void		*code;
	size_t			code_size;
};

/* Map all variants that the CPU has. 0 or -errno. */
int made_pages_map(struct made_page made[MADE_VARIANTS]);

/* The one that the module would choose on this CPU. */
enum made_variant made_page_choice(const struct made_page made[MADE_VARIANTS]);

/* Write the pages, from here, if that was not done for a while: they would be too old. */
void made_pages_refresh(void);

/*
 * Write the pages so many times a second, from another CPU. `stop` waits for the end, and
 * tells how many updates there were. 0 or -errno.
 */
int made_writer_start(int cpu, int hz);
long made_writer_stop(void);

#endif
