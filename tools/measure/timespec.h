/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FASTVDSO_TIMESPEC_H
#define FASTVDSO_TIMESPEC_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC	INT64_C(1000000000)

static inline int64_t timespec_ns(const struct timespec *ts)
{
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

#endif
