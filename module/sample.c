// SPDX-License-Identifier: GPL-2.0
/*
 * Reads of this CPU's counter, on the common scale of all CPUs: alone, and together with the
 * kernel's clock. counters.c writes the offset of each CPU to that scale.
 */
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/smp.h>
#include <linux/time64.h>

#include "compat.h"
#include "internal.h"
#include "steer.h"

/* The shortest of this many pairs is kept. */
#define PAIR_ATTEMPTS	5

/* The caller must not migrate to another CPU. */
u64 fastvdso_sample_counter(void)
{
	return fastvdso_arch_read_counter() + fastvdso_cpu_page()->offset[smp_processor_id()];
}

u64 fastvdso_ns_to_cycles(u64 ns)
{
	return div_u64(ns * fastvdso_arch_counter_khz(), USEC_PER_SEC);
}

/* Read MONOTONIC_RAW, and the counter before and after it. Fails while timekeeping is suspended. */
bool fastvdso_sample_pair(struct steer_pair *pair)
{
	u64 shortest = U64_MAX;
	int i;

	for (i = 0; i < PAIR_ATTEMPTS; i++) {
		struct fastvdso_instant instant;
		unsigned long flags;
		u64 before, after;
		bool valid;

		local_irq_save(flags);
		before = fastvdso_sample_counter();
		valid = fastvdso_get_instant(&instant);
		after = fastvdso_sample_counter();
		local_irq_restore(flags);
		if (!valid || after - before >= shortest)
			continue;
		shortest = after - before;
		pair->before = before;
		pair->after = after;
		pair->raw = instant.raw;
	}
	return shortest != U64_MAX;
}
