/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel itself says: the slices of every sandwich. */
#ifndef FASTVDSO_KERNEL_NS_H
#define FASTVDSO_KERNEL_NS_H

#include <fastvdso.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS	INT64_C(1000000000)

static inline int64_t kernel_ns(clockid_t id)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* One fast read, between two system calls but for its bound. */
static inline int agrees(clockid_t id)
{
	int64_t before = kernel_ns(id), ours;
	uint64_t bound;

	ours = fastvdso_now_ns_bound(id, &bound);
	return before - (int64_t)bound <= ours && ours <= kernel_ns(id) + (int64_t)bound;
}

#endif
