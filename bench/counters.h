/* SPDX-License-Identifier: GPL-2.0 */
/* The bare counters of the architecture, to compare with: see arch/ARCH/counters.c. */
#ifndef FASTVDSO_BENCH_COUNTERS_H
#define FASTVDSO_BENCH_COUNTERS_H

#include "measure.h"
#include "shapes.h"

extern const struct bench_contender bench_counters[];
extern const size_t bench_counter_count;

/* The steps of a clock read: each entry adds one step to the entry before. */
extern const struct bench_contender bench_steps[];
extern const size_t bench_step_count;

#endif
