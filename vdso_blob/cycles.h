/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Read the counter and convert it to nanoseconds past the base second.
 *
 * The counter is that of arch/ARCH/counter.h and the hypervisor's clocks are those of
 * arch/ARCH/hypervisor.h, unless the module or a test has defined the macros
 * fastvdso_arch_counter and fastvdso_arch_hypervisor_counter before. Such a replacement
 * also defines:
 *	fastvdso_arch_counter_halves()	read the counter after all earlier loads, as
 *					struct fastvdso_counter
 *	fastvdso_arch_counter_unordered()	read it at any time
 *	fastvdso_arch_counter_cpu(cpu)	read it after all earlier loads, together with the
 *					number of the CPU, in one instruction
 *	fastvdso_arch_counter_cpunode(cpunode)	read it after all earlier loads, and the CPU (low
 *					FASTVDSO_CPUNODE_BITS bits) and NUMA node, in one
 *					instruction if the CPU has it
 *	fastvdso_arch_cpunode()		read CPU and node alone
 *	fastvdso_arch_hypervisor_counter(mode, page, unordered, cpunode, counter)
 *					read the hypervisor's clock once, after all earlier loads
 *					unless @unordered, and the CPU and node if @cpunode is
 *					not NULL. Return struct fastvdso_hypervisor_failure.
 */
#ifndef FASTVDSO_CYCLES_H
#define FASTVDSO_CYCLES_H

#include <linux/fastvdso.h>

#include "compiler.h"
#include "wide.h"
#ifndef fastvdso_arch_counter
#include "counter.h"
#endif
#ifndef fastvdso_arch_hypervisor_counter
#include "hypervisor.h"
#endif

#define FASTVDSO_NSEC_PER_SEC	1000000000u

/* Clock ids. Kernel ABI; repeated here because the image builds without libc headers. */
enum {
	FASTVDSO_REALTIME		= 0,
	FASTVDSO_MONOTONIC		= 1,
	FASTVDSO_PROCESS_CPUTIME_ID	= 2,
	FASTVDSO_THREAD_CPUTIME_ID	= 3,
	FASTVDSO_MONOTONIC_RAW		= 4,
	FASTVDSO_REALTIME_COARSE	= 5,
	FASTVDSO_MONOTONIC_COARSE	= 6,
	FASTVDSO_BOOTTIME		= 7,
	FASTVDSO_TAI			= 11,
};

#define FASTVDSO_FINE_CLOCKS	(1u << FASTVDSO_REALTIME | 1u << FASTVDSO_MONOTONIC |	\
				 1u << FASTVDSO_MONOTONIC_RAW | 1u << FASTVDSO_BOOTTIME | \
				 1u << FASTVDSO_TAI)

/*
 * The source of a reading: a page, the clock mode that the page must have, and the page
 * that this mode reads in addition: the CPU page or the hypervisor's page. On fast paths
 * all of it is constant.
 *
 * With single_attempt, a read fails past max_delta or if the page changed meanwhile, instead
 * of calling the slow conversion or retrying. The caller then falls back to another source.
 * So the fast path keeps no values across a call or a loop, and needs no stack.
 */
struct fastvdso_source {
	const struct fastvdso_time_page	*page;
	__u32				mode;
	const void			*mode_page;
	int				single_attempt;
	int				unordered;
};

/*
 * A time, as a sum. Before normalisation nsec may exceed one second, and so may elapsed
 * after a long idle period. elapsed is kept apart because everything else can be added up
 * while the counter is being read.
 */
struct fastvdso_reading {
	__s64	sec;
	__u64	nsec;
	__u64	elapsed;	/* nanoseconds, from the counter */
};

/* (delta * mult + add) >> shift with all 96 bits of the product; shift is at most 32. */
fastvdso_inline __u64 fastvdso_mul_add_shift(__u64 delta, __u32 mult, __u64 add, __u8 shift)
{
	return fastvdso_shift_right(fastvdso_multiply_add(delta, mult, add), shift).low;
}

/*
 * A delta beyond max_delta. As the kernel does: mask it if the counter is narrower than 64
 * bits and has wrapped, return the time of the last update if this CPU's counter is behind
 * cycle_last, and use a 96-bit product if the page has not been updated for very long.
 */
static __attribute__((__noinline__, __cold__, __unused__)) __u64
fastvdso_cycles_to_nsec_slow(const struct fastvdso_clocksource *cs, __u64 delta, __u32 mult,
			     __u64 xtime_nsec, __u8 shift)
{
	__u64 mask = fastvdso_load(cs->mask);

	delta &= mask;
	if (delta > mask >> 1)
		return xtime_nsec >> shift;
	if (delta > fastvdso_load(cs->max_cycles))
		return fastvdso_mul_add_shift(delta, mult, xtime_nsec, shift);
	return (delta * mult + xtime_nsec) >> shift;
}

/*
 * Read the counter, and the CPU and node if @cpunode is not NULL. Return 0 if it cannot be read
 * in the mode of @source.
 */
fastvdso_inline int fastvdso_read_counter(const struct fastvdso_source *source,
					  struct fastvdso_counter *counter, __u32 *cpunode)
{
	const struct fastvdso_cpu_page *cpus = source->mode_page;
	struct fastvdso_hypervisor_failure failure;
	__u64 value, offset;
	__u32 cpu;

	if (source->mode == FASTVDSO_CLOCK_COUNTER) {
		if (cpunode)
			*counter = fastvdso_arch_counter_cpunode(cpunode);
		else
			*counter = source->unordered ? fastvdso_arch_counter_unordered()
						     : fastvdso_arch_counter_halves();
		return 1;
	}
	if (source->mode != FASTVDSO_CLOCK_STEERED) {
		do {
			failure = fastvdso_arch_hypervisor_counter(source->mode, source->mode_page,
								   source->unordered, cpunode, counter);
			if (fastvdso_unlikely(failure.invalid))
				return 0;
		} while (fastvdso_unlikely(failure.changed));
		return 1;
	}
	value = fastvdso_arch_counter_cpu(&cpu);
	if (fastvdso_unlikely(cpu >= FASTVDSO_CPUS))
		return 0;
	offset = fastvdso_load_whole(cpus->offset[cpu]);
	if (fastvdso_unlikely(offset == FASTVDSO_OFFSET_UNKNOWN))
		return 0;
	*counter = (struct fastvdso_counter) { .low = value + offset };
	if (cpunode)
		*cpunode = fastvdso_arch_cpunode();
	return 1;
}

/* Whether the clock has the mode that @source reads. */
fastvdso_inline int fastvdso_mode_matches(const struct fastvdso_source *source,
				    const struct fastvdso_clock *clock)
{
	return fastvdso_load(clock->clock_mode) == source->mode;
}

/*
 * Convert a counter value to nanoseconds past the base second and, if @bound is not NULL,
 * tell by how much the result may be wrong.
 *
 * The instructions that depend on the counter form one chain, and each adds a cycle or more;
 * those off the chain cost almost nothing. So cycle_last is not subtracted from the
 * counter: its product is part of the addend (struct fastvdso_clock). The high halves mostly
 * agree. If the low half has overflowed since the update, the addend is corrected.
 *
 * With an offset, as on a hypervisor's page, the offset's product is part of the addend as well.
 *
 * In mode FASTVDSO_CLOCK_COUNTER max_delta is always all ones, so a single attempt does not
 * load it. It only checks that the counter is not behind, and less than 2^32 ahead.
 */
fastvdso_inline int fastvdso_elapsed_at(const struct fastvdso_source *source,
					const struct fastvdso_clock *clock,
					const struct fastvdso_clocksource *cs,
					struct fastvdso_counter now, __u64 *elapsed, __u64 *bound)
{
	__u32 mult, last_low, high_delta;
	__u64 addend, offset, delta;
	__u8 shift;

	/* Loads are after the counter, so that they occupy no registers before. */
	if (source->single_attempt && source->mode == FASTVDSO_CLOCK_COUNTER) {
		__u32 low = (__u32)now.low;

		mult = fastvdso_load(clock->mult);
		addend = fastvdso_load(clock->addend);
		shift = fastvdso_load(clock->shift);
		last_low = fastvdso_low_half(clock->cycle_last);
		high_delta = (__u32)now.high - fastvdso_high_half(clock->cycle_last);
		if (fastvdso_unlikely(high_delta)) {
			if (high_delta != 1 || low >= last_low)
				return 0;
			addend += (__u64)mult << 32;
		} else if (fastvdso_unlikely(low < last_low)) {
			return 0;
		}
		*elapsed = (now.low * mult + addend) >> (shift & 63);
		return 1;
	}
	/* In an order that needs few registers. */
	offset = (now.high << 32) + now.offset - fastvdso_load(clock->cycle_last);
	delta = now.low + offset;
	last_low = fastvdso_low_half(clock->cycle_last);
	if (fastvdso_likely(delta <= fastvdso_load(clock->max_delta))) {
		offset += last_low;
		mult = fastvdso_load(clock->mult);
		addend = offset * mult;
		/* Or the compiler would add before it multiplies, which is one cycle more in the chain. */
		fastvdso_compute_once(addend);
		addend += fastvdso_load(clock->addend);
		shift = fastvdso_load(clock->shift);
		*elapsed = (now.low * mult + addend) >> (shift & 63);
	} else {
		/* Never extrapolate a steered line past its end. A counter slightly behind is fine. */
		if (source->single_attempt || (source->mode == FASTVDSO_CLOCK_STEERED && (__s64)delta >= 0))
			return 0;
		mult = fastvdso_load(clock->mult);
		addend = fastvdso_load(clock->addend) + (__u64)last_low * mult;
		shift = fastvdso_load(clock->shift);
		*elapsed = fastvdso_cycles_to_nsec_slow(cs, delta, mult, addend, shift & 63);
		delta = 0;
	}
	if (bound)
		*bound = fastvdso_load(cs->bound_ns) + (delta * fastvdso_load(cs->bound_growth) >> 32);
	return 1;
}

/*
 * Read the counter and convert it. The caller has checked that copy 0 of the clock has the mode of
 * @source. The counter read waits for all loads before it, so the mode of the copy itself is
 * checked after it.
 */
fastvdso_inline int fastvdso_read_elapsed(const struct fastvdso_source *source,
					  const struct fastvdso_clock *clock,
					  const struct fastvdso_clocksource *cs,
					  __u64 *elapsed, __u64 *bound)
{
	struct fastvdso_counter now;

	return fastvdso_likely(fastvdso_read_counter(source, &now, NULL)) &&
	       fastvdso_likely(fastvdso_mode_matches(source, clock)) &&
	       fastvdso_elapsed_at(source, clock, cs, now, elapsed, bound);
}

#endif /* FASTVDSO_CYCLES_H */
