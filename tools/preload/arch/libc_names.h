/* SPDX-License-Identifier: GPL-2.0 */
/* The names that functions of time have in libc. */
#ifndef FASTVDSO_LIBC_NAMES_H
#define FASTVDSO_LIBC_NAMES_H

#include <time.h>

#define TIME_NAME(function)	#function

/* Not in every libc's headers. */
int timespec_getres(struct timespec *ts, int base);

#endif
