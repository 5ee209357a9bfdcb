/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The system calls that take this program's struct timespec. */
#ifndef FASTVDSO_TIME_CALLS_H
#define FASTVDSO_TIME_CALLS_H

#include <sys/syscall.h>
#include <time.h>

/* 32-bit machines have others for 64-bit time, since Linux 5.1. */
#ifdef SYS_clock_gettime64
#define NR_timespec_gettime	(sizeof(time_t) == 8 ? SYS_clock_gettime64 : SYS_clock_gettime)
#define NR_timespec_getres	(sizeof(time_t) == 8 ? SYS_clock_getres_time64 : SYS_clock_getres)
#else
#define NR_timespec_gettime	SYS_clock_gettime
#define NR_timespec_getres	SYS_clock_getres
#endif

#endif
