/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The system calls that take this program's struct timespec, on i386: those of 64-bit time are newer. */
#ifndef FASTVDSO_TIME_CALLS_H
#define FASTVDSO_TIME_CALLS_H

#include <sys/syscall.h>
#include <time.h>

#define NR_timespec_gettime	(sizeof(time_t) == 8 ? SYS_clock_gettime64 : SYS_clock_gettime)
#define NR_timespec_getres	(sizeof(time_t) == 8 ? SYS_clock_getres_time64 : SYS_clock_getres)

#endif
