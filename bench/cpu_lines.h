/* SPDX-License-Identifier: GPL-2.0 */
/* What reading CPU time costs, by how many CPUs have a line on the pages of the process. */
#ifndef FASTVDSO_BENCH_CPU_LINES_H
#define FASTVDSO_BENCH_CPU_LINES_H

#include "contenders.h"
#include "made_page.h"

/*
 * Measure the image above made pages with 2, 8 and 64 lines, and the system call. Nothing is added if the
 * image cannot read the CPU number together with the counter. 0 or -errno.
 */
int cpu_lines_measure(struct contenders *to, const struct made_page *made, const struct bench_rounds *plan);

#endif
