// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "shapes.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ticks.h"
#include "time_calls.h"
#include "timespec.h"

/* Stop the compiler from moving a call out of the loop or dropping it. */
#define KEEP(what)	__asm__ __volatile__("" : : "r"(what) : "memory")

static int64_t libc_now(int clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return timespec_ns(&ts);
}

#define SHAPE(name, result, arguments, locals, call)				\
void name(const struct bench_call *of, long count)				\
{										\
	result (*function)arguments = (result (*)arguments)of->function;	\
										\
	locals;									\
	while (count--)								\
		KEEP(call);							\
}

SHAPE(bench_gettime, int, (clockid_t, struct timespec *), int clock = of->clock; struct timespec ts,
      function(clock, &ts))
SHAPE(bench_now, int64_t, (clockid_t), int clock = of->clock, function(clock))
SHAPE(bench_gettimeofday, int, (struct timeval *, void *), struct timeval tv, function(&tv, NULL))
SHAPE(bench_time, time_t, (time_t *), , function(NULL))
SHAPE(bench_getcpu, long, (unsigned int *, unsigned int *, void *), unsigned int cpu; unsigned int node,
      function(&cpu, &node, NULL))
SHAPE(bench_plain, uint64_t, (void), , function())
SHAPE(bench_fill, int, (void *), uint64_t room[64], function(room))
/* Convert the tick, and the time, of a moment ago. Ticks are not always those of the CPU's counter. */
SHAPE(bench_from_ticks, int64_t, (clockid_t, uint64_t),
      int clock = of->clock; uint64_t ticks = ((uint64_t (*)(void))of->ticks)(), function(clock, ticks))
SHAPE(bench_to_ticks, int, (clockid_t, int64_t, uint64_t *),
      int clock = of->clock; int64_t ns = libc_now(clock); uint64_t ticks, function(clock, ns, &ticks))

void bench_nothing(const struct bench_call *of, long count)
{
	while (count--)
		KEEP(of);
}

int64_t bench_read(const struct bench_call *gettime)
{
	int (*function)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))gettime->function;
	struct timespec ts = { 0, 0 };

	function(gettime->clock, &ts);
	return timespec_ns(&ts);
}

int bench_call_gettime(int clock, void *ts)
{
	return (int)syscall(NR_timespec_gettime, clock, ts);
}

int bench_call_getres(int clock, void *ts)
{
	return (int)syscall(NR_timespec_getres, clock, ts);
}

int bench_call_gettimeofday(void *tv, void *tz)
{
	return (int)syscall(SYS_gettimeofday, tv, tz);
}

long bench_call_time(void *t)
{
#ifdef SYS_time
	return syscall(SYS_time, t);
#else
	return time(t);
#endif
}

long bench_call_getcpu(unsigned int *cpu, unsigned int *node, void *unused)
{
	return syscall(SYS_getcpu, cpu, node, unused);
}
