/* SPDX-License-Identifier: GPL-2.0 */
/* Print measurements, on a terminal or as JSON. */
#ifndef FASTVDSO_BENCH_REPORT_H
#define FASTVDSO_BENCH_REPORT_H

#include "contenders.h"

/* A table: a line per call of ways[0], a column per way, and the ratio of the first way to the second. */
void report_costs(const char *title, const struct contenders *measured, const char *const *ways,
		  size_t count);

/* Bars: everything that reads the monotonic clock or the counter. */
void report_bars(const struct contenders *measured);

/* A table of latencies under one condition. */
void report_latencies(const char *condition, const struct contenders *measured);

/* JSON, inside an open object: the fields of a latency; arrays with an object per contender. */
void report_json_latency(const struct bench_summary *latency);
void report_json_costs(const char *key, const struct contenders *measured);
void report_json_latencies(const char *key, const struct contenders *measured);

#endif
