/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before calls.c, so that it calls the next definitions of libc's functions. After the headers that declare
 * these, because a declaration under the new name may have a symbol of its own: that of 64-bit time on 32-bit machines.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/random.h>

#include "next.h"

#define clock_gettime	next_clock_gettime
#define gettimeofday	next_gettimeofday
#define time		next_time
#define clock_getres	next_clock_getres
#define getcpu		next_getcpu
#define getrandom	next_getrandom
