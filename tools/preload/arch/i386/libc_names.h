/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names that functions of time have in libc: those of 64-bit time, to which the headers redirect all uses and
 * definitions.
 */
#ifndef FASTVDSO_LIBC_NAMES_H
#define FASTVDSO_LIBC_NAMES_H

#include <time.h>

#define TIME_NAME(function)	"__" #function "64"

/* Not in every libc's headers. */
int timespec_getres(struct timespec *ts, int base) __asm__(TIME_NAME(timespec_getres));

#endif
