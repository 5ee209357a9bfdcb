/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call costs, in two ways that answer different questions.
 *
 * Throughput: many calls between two readings of the counter, for costs and for their
 * ratios. The contenders take turns within every round, in an order that rotates: what
 * disturbs the machine for longer disturbs all. A turn is some batches, of which the
 * shortest counts: one that was interrupted is no measurement.
 *
 * Latency: one call between two readings, many times, for the tail. Nothing is left out,
 * and the median of two readings with nothing in between is taken off.
 */
#ifndef FASTVDSO_BENCH_MEASURE_H
#define FASTVDSO_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "statistics.h"

struct bench_call;

/* Make the call so many times. */
typedef void bench_loop(const struct bench_call *call, long count);

/* A call, by pointer: its shape, see shapes.h, and what it is asked. */
struct bench_call {
	bench_loop	*loop;
	void		*function;
	int		clock;
};

/* Memory that a call reads or runs, for flushing. */
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
	double			best;		/* and the best of them */
	struct bench_summary	latency;
	/* While it is measured: calls in a batch; one value for each round or sample. */
	long			count;
	double			*values;
};

struct bench_rounds {
	int	rounds;
	int	batches;	/* of a turn */
	double	batch_ns;	/* how long one should take */
	void	(*before)(void);	/* each round, or NULL */
};

struct bench_samples {
	int	samples;
	int	block;		/* of a turn */
	int	cold;		/* flush what each touches before every single call */
	double	gap_ns;		/* from one call to the next at least; 0: right after */
	void	(*before)(void);	/* each block, or NULL */
};

/* Ticks of the counter to nanoseconds; calibrates at the first call, which takes 50 ms. */
double bench_ns_per_tick(void);

/* Stay on one CPU, the given one or, for -1, this: a move would be measured as time. */
int bench_pin(int cpu);

/* Set .ns and .best of each. 0 or -ENOMEM. */
int bench_throughput(struct bench_contender *all, size_t count, const struct bench_rounds *plan);

/* Set .latency of each. 0, -ENOMEM, or -ENOTSUP where nothing can be flushed. */
int bench_latency(struct bench_contender *all, size_t count, const struct bench_samples *plan);

/* What bench_latency() took off each sample the last time, nanoseconds. */
double bench_latency_overhead(void);

#endif
