/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure what a call costs, in two ways.
 *
 * Throughput: many calls between two readings of the counter, for costs and their ratios. In each
 * round all contenders are measured in turn, and the order rotates, so that a long disturbance
 * affects all of them. A turn is several batches, of which the shortest counts, since a batch that
 * was interrupted measures nothing.
 *
 * Latency: a single call between two readings, many times, for the tail. All samples count. The
 * median cost of two readings with nothing in between is subtracted.
 */
#ifndef FASTVDSO_BENCH_MEASURE_H
#define FASTVDSO_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "statistics.h"

struct bench_call;

/* Make the call `count` times. */
typedef void bench_loop(const struct bench_call *call, long count);

/* A call through a pointer: its shape (see shapes.h), the function and its clock. */
struct bench_call {
	bench_loop	*loop;
	void		*function;
	int		clock;
	void		*ticks;		/* bench_from_ticks: ticks() of the same image */
};

/* Memory that a call reads or executes, to flush it from the caches. */
struct bench_range {
	const void	*start;
	size_t		size;
};

#define BENCH_RANGES	3

struct bench_contender {
	struct bench_call	call;
	const char		*who;		/* "fastvdso", "libc", ... */
	const char		*what;		/* "now_ns(MONOTONIC)" */
	struct bench_range	touches[BENCH_RANGES];
	double			ns;		/* throughput: median of the rounds */
	double			best;		/* throughput: best round */
	struct bench_summary	latency;
	/* During a measurement: calls per batch, and a value per round or sample. */
	long			count;
	double			*values;
};

struct bench_rounds {
	int	rounds;
	int	batches;		/* per turn */
	double	batch_ns;		/* target duration of a batch */
	void	(*before)(void);	/* called before each round, or NULL */
};

struct bench_samples {
	int	samples;
	int	block;			/* samples per turn */
	int	cold;			/* flush the call's memory before each sample */
	double	gap_ns;			/* minimum time between samples */
	void	(*before)(void);	/* called before each block, or NULL */
};

/* Nanoseconds per tick of the counter. The first call calibrates, which takes 50 ms. */
double bench_ns_per_tick(void);

/* Pin this thread to a CPU, or for -1 to the current one, since a migration would be measured. */
int bench_pin(int cpu);

/* Set .ns and .best of each. 0 or -ENOMEM. */
int bench_throughput(struct bench_contender *all, size_t count, const struct bench_rounds *plan);

/* Set .latency of each. 0, -ENOMEM, or -ENOTSUP if the CPU cannot flush its caches. */
int bench_latency(struct bench_contender *all, size_t count, const struct bench_samples *plan);

/* Nanoseconds that the last bench_latency() subtracted from each sample. */
double bench_latency_overhead(void);

#endif
