/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The system calls that take this program's struct timespec. */
#ifndef FASTVDSO_TIME_CALLS_H
#define FASTVDSO_TIME_CALLS_H

#include <sys/syscall.h>

#define NR_timespec_gettime	SYS_clock_gettime
#define NR_timespec_getres	SYS_clock_getres

#endif
