/* SPDX-License-Identifier: GPL-2.0 */
/* The project's reader with a counter that the test turns, and a hook while it is read. */
#ifndef FASTVDSO_FAKE_COUNTER_H
#define FASTVDSO_FAKE_COUNTER_H

#include <linux/types.h>

#include "barrier.h"

static __u64 fake_counter;
static void (*while_reading)(void);

static inline __u64 fastvdso_arch_counter(void)
{
	__u64 value = fake_counter;

	if (while_reading)
		while_reading();
	return value;
}

#include "reader.h"

#endif
