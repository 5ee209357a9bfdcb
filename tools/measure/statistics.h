/* SPDX-License-Identifier: GPL-2.0 */
/* Medians and percentiles. */
#ifndef FASTVDSO_BENCH_STATISTICS_H
#define FASTVDSO_BENCH_STATISTICS_H

#include <stddef.h>

/* What is told of many measurements of one thing. */
struct bench_summary {
	double	median;
	double	p99;
	double	p9999;
	double	max;
};

/* Sort in place, ascending. */
void bench_sort(double *values, size_t count);

/*
 * The smallest of sorted values that at least the given share of them does not exceed
 * (nearest rank): `per_10000` is 5000 for the median, 9999 for the 99.99th percentile.
 * Never between two values: what is told was measured. 0 if there are none.
 */
double bench_percentile(const double *sorted, size_t count, unsigned int per_10000);

/* Sorts, and tells. */
struct bench_summary bench_summarise(double *values, size_t count);

#endif
