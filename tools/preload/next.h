/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The next definitions of libc's functions. calls.c is compiled to call these. */
#ifndef FASTVDSO_NEXT_H
#define FASTVDSO_NEXT_H

#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

int next_clock_gettime(clockid_t clock, struct timespec *ts);
int next_gettimeofday(struct timeval *tv, void *tz);
int next_clock_getres(clockid_t clock, struct timespec *res);
int next_getcpu(unsigned int *cpu, unsigned int *node);
time_t next_time(time_t *t);
ssize_t next_getrandom(void *buffer, size_t length, unsigned int flags);

#endif
