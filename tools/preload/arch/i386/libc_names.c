// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of 32-bit time, for programs that do not ask for 64-bit time. As in glibc, each calls the other of its
 * name, and fails with EOVERFLOW if the seconds do not fit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "libc_names.h"
#include "preload.h"

struct timespec32 {
	int32_t	sec;
	int32_t	nsec;
};

struct timeval32 {
	int32_t	sec;
	int32_t	usec;
};

/* The headers declare these names with the types of 64-bit time. */
#define NAMED(name)	__asm__(name) EXPORT
int clock_gettime32(clockid_t clock, struct timespec32 *ts) NAMED("clock_gettime");
int clock_getres32(clockid_t clock, struct timespec32 *ts) NAMED("clock_getres");
int gettimeofday32(struct timeval32 *tv, void *tz) NAMED("gettimeofday");
int gettimeofday32_too(struct timeval32 *tv, void *tz) NAMED("__gettimeofday");
int32_t time32(int32_t *t) NAMED("time");
int timespec_get32(struct timespec32 *ts, int base) NAMED("timespec_get");
int timespec_getres32(struct timespec32 *ts, int base) NAMED("timespec_getres");

static bool fits(time_t sec)
{
	if (sec == (int32_t)sec)
		return true;
	errno = EOVERFLOW;
	return false;
}

static bool convert(const struct timespec *ts, struct timespec32 *to)
{
	if (!fits(ts->tv_sec))
		return false;
	*to = (struct timespec32){ .sec = (int32_t)ts->tv_sec, .nsec = (int32_t)ts->tv_nsec };
	return true;
}

int clock_gettime32(clockid_t clock, struct timespec32 *to)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) || !convert(&ts, to) ? -1 : 0;
}

int clock_getres32(clockid_t clock, struct timespec32 *to)
{
	struct timespec ts;

	return clock_getres(clock, &ts) || (to && !convert(&ts, to)) ? -1 : 0;
}

int gettimeofday32(struct timeval32 *to, void *tz)
{
	struct timeval tv;

	if (gettimeofday(&tv, tz) || (to && !fits(tv.tv_sec)))
		return -1;
	if (to)
		*to = (struct timeval32){ .sec = (int32_t)tv.tv_sec, .usec = (int32_t)tv.tv_usec };
	return 0;
}

int gettimeofday32_too(struct timeval32 *to, void *tz)
{
	return gettimeofday32(to, tz);
}

int32_t time32(int32_t *to)
{
	time_t sec = time(NULL);

	if (!fits(sec))
		return -1;
	if (to)
		*to = (int32_t)sec;
	return (int32_t)sec;
}

int timespec_get32(struct timespec32 *to, int base)
{
	struct timespec ts;

	return timespec_get(&ts, base) && convert(&ts, to) ? base : 0;
}

int timespec_getres32(struct timespec32 *to, int base)
{
	struct timespec ts;

	return timespec_getres(&ts, base) && (!to || convert(&ts, to)) ? base : 0;
}
