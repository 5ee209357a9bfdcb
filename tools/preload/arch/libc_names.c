// SPDX-License-Identifier: GPL-2.0
/* Names of glibc's that its headers do not declare. */
#define _GNU_SOURCE
#include <sys/time.h>

#include "preload.h"

EXPORT int __gettimeofday(struct timeval *tv, void *tz);
int __gettimeofday(struct timeval *tv, void *tz)
{
	return gettimeofday(tv, tz);
}
