// SPDX-License-Identifier: GPL-2.0
/*
 * Reads of this CPU's counter, on the common scale of all CPUs: alone, and together with the
 * kernel's clock. counters.c writes the offset of each CPU to that scale.
 */
#include <linux/clocksource.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/smp.h>
#include <linux/time64.h>

#include "compat.h"
#include "internal.h"
#include "steer.h"
#include "update.h"

/* The shortest of this many pairs is kept. */
#define PAIR_ATTEMPTS	5

/* The caller must not migrate to another CPU. This one must be measured. */
u64 fastvdso_sample_counter(void)
{
	return fastvdso_arch_read_counter() + fastvdso_cpu_page()->offset[smp_processor_id()];
}

u64 fastvdso_ns_to_cycles(u64 ns)
{
	return div_u64(ns * fastvdso_arch_counter_khz(), USEC_PER_SEC);
}

/*
 * Read MONOTONIC_RAW, and this CPU's counter before and after it, to which the caller adds @offset to
 * get the common scale. Fails while timekeeping is suspended.
 */
bool fastvdso_sample_own_pair(struct steer_pair *pair, u64 *offset)
{
	u64 shortest = U64_MAX;
	int i;

	for (i = 0; i < PAIR_ATTEMPTS; i++) {
		struct fastvdso_instant instant;
		unsigned long flags;
		u64 before, after;
		bool valid;

		local_irq_save(flags);
		before = fastvdso_arch_read_counter();
		valid = fastvdso_get_instant(&instant);
		after = fastvdso_arch_read_counter();
		if (valid && after - before < shortest)
			*offset = READ_ONCE(fastvdso_cpu_page()->offset[smp_processor_id()]);
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

/* The same on the common scale. Fails if this CPU is not measured, too. */
bool fastvdso_sample_pair(struct steer_pair *pair)
{
	u64 offset;

	if (!fastvdso_sample_own_pair(pair, &offset) || offset == FASTVDSO_OFFSET_UNKNOWN)
		return false;
	pair->before += offset;
	pair->after += offset;
	return true;
}

/*
 * Make a pair inside the timekeeper's critical section, where the kernel's clock must not be read: read
 * the clocksource once, and convert it as @raw says, which is about to be the kernel's. The caller adds
 * the CPU's offset.
 */
bool fastvdso_sample_own_pair_in_update(struct clocksource *clocksource, const struct fastvdso_raw *raw,
					struct steer_pair *pair)
{
	const struct fastvdso_clock *clock = &raw->clock;
	u64 delta;

	pair->before = fastvdso_arch_read_counter();
	delta = (clocksource->read(clocksource) - clock->cycle_last) & clocksource->mask;
	pair->after = fastvdso_arch_read_counter();
	if (delta > clocksource->max_cycles)
		return false;
	pair->raw = raw->raw_sec * NSEC_PER_SEC +
		    (s64)((fastvdso_clock_nsec(clock) + delta * clock->mult) >> clock->shift);
	return true;
}
