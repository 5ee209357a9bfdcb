/* SPDX-License-Identifier: GPL-2.0 */
/* What was measured, for readers of a terminal, and of JSON. */
#ifndef FASTVDSO_BENCH_REPORT_H
#define FASTVDSO_BENCH_REPORT_H

#include "contenders.h"

/* A line for each call, a column for each who makes it. */
void report_costs(const struct contenders *measured);

/* What can read the monotonic clock, or the counter it is made from, as bars. */
void report_bars(const struct contenders *measured);

/* The latencies of one condition. */
void report_latencies(const char *condition, const struct contenders *measured);

/* Inside what is open: the fields of a latency; an array of objects, for each contender. */
void report_json_latency(const struct bench_summary *latency);
void report_json_costs(const char *key, const struct contenders *measured);
void report_json_latencies(const char *key, const struct contenders *measured);

#endif
