/* SPDX-License-Identifier: GPL-2.0 */
/* Medians and percentiles. */
#ifndef FASTVDSO_BENCH_STATISTICS_H
#define FASTVDSO_BENCH_STATISTICS_H

#include <stddef.h>

struct bench_summary {
	double	median;
	double	p99;
	double	p9999;
	double	max;
};

/* Sort in place, ascending. */
void bench_sort(double *values, size_t count);

/*
 * The percentile of sorted values, by nearest rank, so that the result is one of the values.
 * `per_10000` is 5000 for the median, 9999 for the 99.99th percentile. 0 if there are no values.
 */
double bench_percentile(const double *sorted, size_t count, unsigned int per_10000);

/* Sort the values, and compute the summary. */
struct bench_summary bench_summarise(double *values, size_t count);

#endif
