// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program with 32-bit time, after 2038: prints what libc's functions of time return and errno, so that
 * glibc's and those of the preload library can be compared.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

_Static_assert(sizeof(time_t) == 4, "built with 32-bit time");

int __gettimeofday(struct timeval *tv, void *tz);

int main(void)
{
	struct timespec ts = { 7, 7 };
	struct timeval tv = { 7, 7 };

	errno = 0;
	printf("clock_gettime %d", clock_gettime(CLOCK_REALTIME, &ts));
	printf(" %s", strerrorname_np(errno));
	errno = 0;
	printf(" gettimeofday %d", gettimeofday(&tv, NULL));
	printf(" %s", strerrorname_np(errno));
	errno = 0;
	printf(" timespec_get %d", timespec_get(&ts, TIME_UTC));
	printf(" %s", strerrorname_np(errno));
	errno = 0;
	printf(" timespec_getres %d", timespec_getres(&ts, TIME_UTC));
	printf(" %s", errno ? strerrorname_np(errno) : "right");
	errno = 0;
	printf(" clock_getres %d", clock_getres(CLOCK_REALTIME, &ts));
	printf(" %s", errno ? strerrorname_np(errno) : "right");
	errno = 0;
	printf(" __gettimeofday %d", __gettimeofday(&tv, NULL));
	printf(" %s", strerrorname_np(errno));
	errno = 0;
	printf(" time %s", time(NULL) == -1 ? "-1" : "wraps");
	printf(" %s", strerrorname_np(errno));
	errno = 0;
	printf(" monotonic %d", clock_gettime(CLOCK_MONOTONIC, &ts));
	printf(" %s\n", errno ? strerrorname_np(errno) : "right");
	return 0;
}
