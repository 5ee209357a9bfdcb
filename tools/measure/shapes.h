/* SPDX-License-Identifier: GPL-2.0 */
/* Loops around a call through a pointer, one for each function type. */
#ifndef FASTVDSO_BENCH_SHAPES_H
#define FASTVDSO_BENCH_SHAPES_H

#include "measure.h"

bench_loop bench_nothing;	/* no call */
bench_loop bench_gettime;	/* int (clockid_t, struct timespec *), also for clock_getres() */
bench_loop bench_now;		/* int64_t (clockid_t) */
bench_loop bench_gettimeofday;	/* int (struct timeval *, void *) */
bench_loop bench_time;		/* time_t (time_t *) */
bench_loop bench_getcpu;	/* (unsigned int *, unsigned int *, void *) */
bench_loop bench_plain;		/* uint64_t (void) */
bench_loop bench_fill;		/* (void *): fills at most 512 bytes */
bench_loop bench_from_ticks;	/* int64_t (clockid_t, uint64_t) */
bench_loop bench_to_ticks;	/* int (clockid_t, int64_t, uint64_t *) */

/* Make one call of the type of clock_gettime(). Returns nanoseconds. */
int64_t bench_read(const struct bench_call *gettime);

/* The system calls, as functions of these types. */
int bench_call_gettime(int clock, void *ts);
int bench_call_getres(int clock, void *ts);
int bench_call_gettimeofday(void *tv, void *tz);
long bench_call_time(void *t);
long bench_call_getcpu(unsigned int *cpu, unsigned int *node, void *unused);

#endif
