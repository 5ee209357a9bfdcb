/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * From a value of the counter to nanoseconds past the base second: the only such
 * arithmetic in the project.
 *
 * The counter is the CPU's own (arch/ARCH/counter.h), unless a macro fastvdso_arch_counter
 * says that the module or a test has brought another; the hypervisor's clocks likewise.
 * Needed are:
 *	fastvdso_arch_counter_halves()	the counter, not read before earlier loads have
 *					their values, as struct fastvdso_counter
 *	fastvdso_arch_counter_unordered()	the same, read whenever the CPU likes
 *	fastvdso_arch_counter_cpu(cpu)	the same, and the CPU whose counter it is, in
 *					one instruction
 *	fastvdso_arch_hypervisor_counter(mode, page, counter)
 *					what the hypervisor makes of it, as ordered;
 *					0 if its page does not serve
 */
#ifndef FASTVDSO_CYCLES_H
#define FASTVDSO_CYCLES_H

#include <linux/fastvdso.h>

#include "compiler.h"
#ifndef fastvdso_arch_counter
#include "counter.h"
#endif
#ifndef fastvdso_arch_hypervisor_counter
#include "hypervisor.h"
#endif

#define FASTVDSO_NSEC_PER_SEC	1000000000u

/* The kernel's clock ids: ABI since their day, and not to be had without libc's <time.h>. */
enum {
	FASTVDSO_REALTIME		= 0,
	FASTVDSO_MONOTONIC		= 1,
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
 * Where the clocks come from: a page, the clock mode that it has to have, and what
 * reading the counter takes in that mode: the CPU page, or the hypervisor's. All of it
 * is constant where it is used, but where time does not matter.
 *
 * A `single_attempt` reader makes one attempt and no call: past max_delta, or when the writer
 * came in between, it gives up, and somebody who is not asks again. So the common case keeps
 * nothing across a call or a loop that hardly ever happens, and needs no stack.
 */
struct fastvdso_source {
	const struct fastvdso_time_page	*page;
	__u32				mode;
	const void			*mode_page;
	int				single_attempt;
	int				unordered;
};

/*
 * A time, as the sum of three: before normalisation nsec may exceed a second, and elapsed
 * does after a long idle. What the counter says is kept apart until the end, so that all
 * else is added up while the counter is being read.
 */
struct fastvdso_reading {
	__s64	sec;
	__u64	nsec;
	__u64	elapsed;	/* nanoseconds, by the counter */
};

/* (delta * mult + add) >> shift with all 96 bits of the product; shift is at most 32. */
fastvdso_inline __u64 fastvdso_mul_add_shift(__u64 delta, __u32 mult, __u64 add, __u8 shift)
{
	__u64 low = (delta & 0xffffffffu) * mult;
	__u64 high = (delta >> 32) * mult;
	__u64 sum = low + add;
	__u64 top = (high >> 32) + (sum < low);

	low = sum + (high << 32);
	top += low < sum;
	return shift ? low >> shift | top << (64 - shift) : low;
}

/*
 * A delta beyond max_delta: either the counter is narrower than 64 bits and has
 * wrapped, or this CPU's counter is behind the one that wrote cycle_last, or the
 * page has not been updated for very long. The kernel's answers are, in turn:
 * mask, time stands still, and a product wider than 64 bits.
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

/* One read of the counter; 0 if it does not serve. The mode is mostly a constant. */
fastvdso_inline int fastvdso_read_counter(const struct fastvdso_source *source,
					  struct fastvdso_counter *counter)
{
	const struct fastvdso_cpu_page *cpus = source->mode_page;
	__u64 value;
	__u32 cpu;

	if (source->mode == FASTVDSO_CLOCK_COUNTER) {
		*counter = source->unordered ? fastvdso_arch_counter_unordered()
					     : fastvdso_arch_counter_halves();
		return 1;
	}
	if (source->mode != FASTVDSO_CLOCK_STEERED) {
		if (!fastvdso_arch_hypervisor_counter(source->mode, source->mode_page, &value))
			return 0;
	} else {
		value = fastvdso_arch_counter_cpu(&cpu);
		if (fastvdso_unlikely(cpu >= FASTVDSO_CPUS))
			return 0;
		value += fastvdso_load(cpus->offset[cpu]);
	}
	counter->low = (__u32)value;
	counter->high = value >> 32;
	return 1;
}

/* Whether the clock has the mode that @source reads. */
fastvdso_inline int fastvdso_mode_matches(const struct fastvdso_source *source,
				    const struct fastvdso_clock *clock)
{
	return fastvdso_load(clock->clock_mode) == source->mode;
}

/*
 * A value of the counter, just read, as nanoseconds past the base second; and, where asked
 * for, by how much it may be wrong.
 *
 * What follows the counter is one chain of dependent instructions, and each of them costs
 * a cycle, while what stands beside the chain costs next to nothing. So cycle_last is not
 * subtracted from the counter: multiplied, it is part of the constant that is added anyway
 * (struct fastvdso_clock). High halves mostly agree; where the low half has overflowed since
 * the update, the constant takes the difference up.
 *
 * In mode FASTVDSO_CLOCK_COUNTER max_delta is all ones, by its definition: a single attempt need not
 * look at it, only see that the counter is less than 2^32 ahead, and not behind.
 */
fastvdso_inline int fastvdso_elapsed_at(const struct fastvdso_source *source,
					const struct fastvdso_clock *clock,
					const struct fastvdso_clocksource *cs,
					struct fastvdso_counter now, __u64 *elapsed, __u64 *bound)
{
	/* The counter takes longer than all of these together, which so need no registers before. */
	__u32 mult = fastvdso_load(clock->mult);
	__u64 addend = fastvdso_load(clock->addend);
	__u8 shift = fastvdso_load(clock->shift);
	__u32 low = (__u32)now.low, last_low = fastvdso_low_half(clock->cycle_last);
	__u32 high_delta = (__u32)now.high - fastvdso_high_half(clock->cycle_last);
	__u64 delta;

	if (source->single_attempt && source->mode == FASTVDSO_CLOCK_COUNTER) {
		if (fastvdso_unlikely(high_delta)) {
			if (high_delta != 1 || low >= last_low)
				return 0;
			addend += (__u64)mult << 32;
		} else if (fastvdso_unlikely(low < last_low)) {
			return 0;
		}
		*elapsed = (now.low * mult + addend) >> shift;
		return 1;
	}
	addend += ((__u64)high_delta << 32) * mult;
	delta = ((__u64)high_delta << 32) + now.low - last_low;
	if (fastvdso_likely(delta <= fastvdso_load(clock->max_delta))) {
		*elapsed = (now.low * mult + addend) >> shift;
	} else {
		/* A steered line is not drawn out; that a counter is behind is no matter. */
		if (source->single_attempt || (source->mode == FASTVDSO_CLOCK_STEERED && (__s64)delta >= 0))
			return 0;
		*elapsed = fastvdso_cycles_to_nsec_slow(cs, delta, mult,
							addend + (now.low - delta) * mult, shift);
		delta = 0;
	}
	if (bound)
		*bound = fastvdso_load(cs->bound_ns) + (delta * fastvdso_load(cs->bound_growth) >> 32);
	return 1;
}

/*
 * One read of the counter, so converted; `first` is copy 0 of the clock. The counter waits
 * for what is loaded before it, and that should be little: whether it may be read at all is
 * asked of copy 0, on the line of the count, and of the copy itself when the counter is there.
 */
fastvdso_inline int fastvdso_read_elapsed(const struct fastvdso_source *source,
					  const struct fastvdso_clock *first,
					  const struct fastvdso_clock *clock,
					  const struct fastvdso_clocksource *cs,
					  __u64 *elapsed, __u64 *bound)
{
	struct fastvdso_counter now;

	return fastvdso_likely(fastvdso_mode_matches(source, first)) &&
	       fastvdso_likely(fastvdso_read_counter(source, &now)) &&
	       fastvdso_likely(fastvdso_mode_matches(source, clock)) &&
	       fastvdso_elapsed_at(source, clock, cs, now, elapsed, bound);
}

#endif /* FASTVDSO_CYCLES_H */
