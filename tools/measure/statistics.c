// SPDX-License-Identifier: GPL-2.0
#include "statistics.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
}

double bench_percentile(const double *sorted, size_t count, unsigned int per_10000)
{
	size_t rank = (count * per_10000 + 9999) / 10000;

	if (!count)
		return 0;
	return sorted[rank ? rank - 1 : 0];
}

struct bench_summary bench_summarise(double *values, size_t count)
{
	struct bench_summary summary;

	bench_sort(values, count);
	summary.median = bench_percentile(values, count, 5000);
	summary.p99 = bench_percentile(values, count, 9900);
	summary.p9999 = bench_percentile(values, count, 9999);
	summary.max = bench_percentile(values, count, 10000);
	return summary;
}
