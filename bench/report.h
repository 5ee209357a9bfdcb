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

/* An array of objects, for each contender, inside what is open. */
void report_json_costs(const char *key, const struct contenders *measured);
void report_json_latencies(const char *key, const struct contenders *measured);

#endif
