/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The reader: the only retry loop and the only cycles-to-nanoseconds arithmetic
 * in the project. Compiled into the blob, into the module's self test and into
 * the host unit tests.
 *
 * The includer provides, before including this:
 *	fastvdso_arch_rmb(), fastvdso_arch_wmb()	see latch.h
 *	fastvdso_arch_counter_halves()	the counter, not read before earlier loads have
 *					their values, as struct fastvdso_counter
 *	fastvdso_arch_counter_unordered()	the same, read whenever the CPU likes
 *	fastvdso_arch_counter_cpu(cpu)	the same, and the CPU whose counter it is, in
 *					one instruction
 *	fastvdso_arch_hypervisor_counter(mode, page, counter)
 *					what the hypervisor makes of it, as ordered;
 *					0 if its page does not serve
 *
 * No function here makes a system call. A result of 0 means "not from the page":
 * the caller asks the kernel.
 */
#ifndef FASTVDSO_READER_H
#define FASTVDSO_READER_H

#include "latch.h"

#define FASTVDSO_NSEC_PER_SEC	1000000000u

/* Keep the compiler from computing a value in another way: an address anew for each field. */
#define fastvdso_compute_once(value)	__asm__("" : "+r"(value))

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
#define FASTVDSO_COARSE_CLOCKS	(1u << FASTVDSO_REALTIME_COARSE | 1u << FASTVDSO_MONOTONIC_COARSE)

/*
 * Where the clocks come from: a page, the clock mode that it has to have, and what
 * reading the counter takes in that mode: the CPU page, or the hypervisor's. All of it
 * is constant where it is used, but where time does not matter.
 *
 * A reader that is `leaf` makes one attempt and no call: past max_delta, or when the writer
 * came in between, it gives up, and somebody who is not asks again. So the common case keeps
 * nothing across a call or a loop that hardly ever happens, and needs no stack.
 */
struct fastvdso_source {
	const struct fastvdso_time_page	*page;
	__u32				mode;
	const void			*aid;
	int				leaf;
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
	const struct fastvdso_cpu_page *cpus = source->aid;
	__u64 value;
	__u32 cpu;

	if (source->mode == FASTVDSO_CLOCK_COUNTER) {
		*counter = source->unordered ? fastvdso_arch_counter_unordered()
					     : fastvdso_arch_counter_halves();
		return 1;
	}
	if (source->mode != FASTVDSO_CLOCK_STEERED) {
		if (!fastvdso_arch_hypervisor_counter(source->mode, source->aid, &value))
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

/*
 * One read of the counter, as nanoseconds past the base second; and, where asked for,
 * by how much it may be wrong.
 *
 * What follows the counter is one chain of dependent instructions, and each of them costs
 * a cycle, while what stands beside the chain costs next to nothing. So cycle_last is not
 * subtracted from the counter but, multiplied, from the constant that is added anyway:
 *
 *	(low - last_low) * mult + xtime_nsec = low * mult + (xtime_nsec - last_low * mult)
 *
 * modulo 2^64, which is exact because the sum fits. High halves mostly agree; where the low
 * half has overflowed since the update, delta and constant take the difference up.
 *
 * In mode FASTVDSO_CLOCK_COUNTER max_delta is all ones, by its definition: a leaf need not
 * look at it where the high halves agree, only see that the counter is not behind.
 */
fastvdso_inline int fastvdso_read_elapsed(const struct fastvdso_source *source,
					  const struct fastvdso_clock *clock,
					  const struct fastvdso_clocksource *cs,
					  __u64 *elapsed, __u64 *bound)
{
	struct fastvdso_counter now;
	__u64 delta, last, origin, xtime_nsec;
	__u32 mult;
	__u8 shift;
	int fits;

	if (fastvdso_unlikely(fastvdso_load(clock->clock_mode) != source->mode))
		return 0;
	if (fastvdso_unlikely(!fastvdso_read_counter(source, &now)))
		return 0;
	/* The counter takes longer than all of these together, which so need no registers before. */
	last = fastvdso_load(clock->cycle_last);
	origin = (__u32)last;
	if (fastvdso_unlikely(now.high != last >> 32)) {
		origin = last - (now.high << 32);
		fits = now.low - origin <= fastvdso_load(clock->max_delta);
	} else if (source->leaf && source->mode == FASTVDSO_CLOCK_COUNTER) {
		fits = now.low >= origin;
	} else {
		fits = now.low - origin <= fastvdso_load(clock->max_delta);
	}
	mult = fastvdso_load(clock->mult);
	xtime_nsec = fastvdso_load(clock->xtime_nsec);
	shift = fastvdso_load(clock->shift);
	if (fastvdso_likely(fits)) {
		__u64 addend = xtime_nsec - origin * mult;

		fastvdso_compute_once(addend);
		*elapsed = (now.low * mult + addend) >> shift;
		delta = now.low - origin;
	} else {
		/* A steered line is not drawn out; that a counter is behind is no matter. */
		delta = now.low - origin;
		if (source->leaf || (source->mode == FASTVDSO_CLOCK_STEERED && (__s64)delta >= 0))
			return 0;
		*elapsed = fastvdso_cycles_to_nsec_slow(cs, delta, mult, xtime_nsec, shift);
		delta = 0;
	}
	if (bound)
		*bound = fastvdso_load(cs->bound_ns) + (delta * fastvdso_load(cs->bound_growth) >> 32);
	return 1;
}

/* REALTIME, MONOTONIC, BOOTTIME or TAI; the choice is made by a constant argument. */
fastvdso_inline int fastvdso_read_hres(const struct fastvdso_source *source, __u32 id,
				       struct fastvdso_reading *now, __u64 *bound)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->hres[0].clock.seq;
	const struct fastvdso_hres *hres;
	__u32 seq;

	for (;;) {
		seq = fastvdso_latch_read_begin(count);
		hres = &page->hres[seq & 1];
		fastvdso_compute_once(hres);
		if (!fastvdso_read_elapsed(source, &hres->clock, &page->clocksource[seq & 1],
					   &now->elapsed, bound))
			return 0;
		if (id == FASTVDSO_REALTIME || id == FASTVDSO_TAI) {
			now->sec = fastvdso_load(hres->real_sec);
			now->nsec = 0;
			if (id == FASTVDSO_TAI)
				now->sec += fastvdso_load(hres->tai_offset);
		} else {
			now->sec = fastvdso_load(hres->mono_sec);
			now->nsec = fastvdso_load(hres->mono_nsec);
			if (id == FASTVDSO_BOOTTIME) {
				now->sec += fastvdso_load(hres->boot_sec);
				now->nsec += fastvdso_load(hres->boot_nsec);
			}
		}
		if (!fastvdso_latch_read_retry(count, seq))
			return 1;
		if (source->leaf)
			return 0;
	}
}

fastvdso_inline int fastvdso_read_raw(const struct fastvdso_source *source,
				      struct fastvdso_reading *now, __u64 *bound)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->raw[0].clock.seq;
	const struct fastvdso_raw *raw;
	__u32 seq;

	now->nsec = 0;
	for (;;) {
		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		fastvdso_compute_once(raw);
		if (!fastvdso_read_elapsed(source, &raw->clock, &page->clocksource[seq & 1],
					   &now->elapsed, bound))
			return 0;
		now->sec = fastvdso_load(raw->raw_sec);
		if (!fastvdso_latch_read_retry(count, seq))
			return 1;
		if (source->leaf)
			return 0;
	}
}

fastvdso_inline int fastvdso_is_coarse(__s32 id)
{
	return id == FASTVDSO_REALTIME_COARSE || id == FASTVDSO_MONOTONIC_COARSE;
}

/*
 * Either coarse clock, in the time namespace of @ns: chosen by conditional moves, since a
 * branch would cost as much as all the rest. Normalised, as one second at most is carried.
 */
fastvdso_inline void fastvdso_read_coarse(const struct fastvdso_time_page *page,
					  const struct fastvdso_ns_page *ns, __s32 id,
					  struct fastvdso_reading *now)
{
	const __u32 *count = &page->raw[0].clock.seq;
	__s64 real_sec, mono_sec;
	__u64 real_nsec, mono_nsec, carried;
	__u32 seq;

	do {
		const struct fastvdso_raw *raw;

		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		fastvdso_compute_once(raw);
		real_sec = fastvdso_load(raw->real_coarse_sec);
		real_nsec = fastvdso_load(raw->real_coarse_nsec);
		mono_sec = fastvdso_load(raw->mono_coarse_sec);
		mono_nsec = fastvdso_load(raw->mono_coarse_nsec);
	} while (fastvdso_latch_read_retry(count, seq));

	mono_sec += ns->mono_sec;
	mono_nsec += ns->mono_nsec;
	now->sec = id == FASTVDSO_REALTIME_COARSE ? real_sec : mono_sec;
	now->nsec = id == FASTVDSO_REALTIME_COARSE ? real_nsec : mono_nsec;
	carried = now->nsec - FASTVDSO_NSEC_PER_SEC;
	now->sec += now->nsec >= FASTVDSO_NSEC_PER_SEC;
	now->nsec = now->nsec >= FASTVDSO_NSEC_PER_SEC ? carried : now->nsec;
	now->elapsed = 0;
}

/*
 * Any clock, in the time namespace of @ns. 0 for a clock that is not on the page, or
 * not while the clocksource is what it is. The coarse clocks do not ask for the mode.
 */
fastvdso_inline int fastvdso_read_clock(const struct fastvdso_source *source,
					const struct fastvdso_ns_page *ns, __s32 id,
					struct fastvdso_reading *now, __u64 *bound)
{
	if (fastvdso_likely(id == FASTVDSO_MONOTONIC)) {
		if (!fastvdso_read_hres(source, FASTVDSO_MONOTONIC, now, bound))
			return 0;
	} else if (id == FASTVDSO_REALTIME) {
		return fastvdso_read_hres(source, FASTVDSO_REALTIME, now, bound);
	} else if (id == FASTVDSO_MONOTONIC_RAW) {
		if (!fastvdso_read_raw(source, now, bound))
			return 0;
	} else if (fastvdso_is_coarse(id)) {
		fastvdso_read_coarse(source->page, ns, id, now);
		return 1;
	} else if (id == FASTVDSO_BOOTTIME) {
		if (!fastvdso_read_hres(source, FASTVDSO_BOOTTIME, now, bound))
			return 0;
		now->sec += ns->boot_sec;
		now->nsec += ns->boot_nsec;
		return 1;
	} else if (id == FASTVDSO_TAI) {
		return fastvdso_read_hres(source, FASTVDSO_TAI, now, bound);
	} else {
		return 0;
	}
	now->sec += ns->mono_sec;
	now->nsec += ns->mono_nsec;
	return 1;
}

/* Nanoseconds since the clock's epoch: no division, and valid until the year 2262. */
fastvdso_inline __s64 fastvdso_reading_to_nsec(const struct fastvdso_reading *now)
{
	__s64 base = now->sec * (__s64)FASTVDSO_NSEC_PER_SEC + (__s64)now->nsec;

	fastvdso_compute_once(base);
	return base + (__s64)now->elapsed;
}

/*
 * Into seconds and nanoseconds below one. The loop runs at most a few times; the compiler
 * must not divide.
 */
fastvdso_inline void fastvdso_normalise(struct fastvdso_reading *now)
{
	fastvdso_compute_once(now->nsec);
	now->nsec += now->elapsed;
	now->elapsed = 0;
	while (now->nsec >= FASTVDSO_NSEC_PER_SEC) {
		now->nsec -= FASTVDSO_NSEC_PER_SEC;
		now->sec++;
		__asm__("" : "+r"(now->nsec));
	}
}

/* The whole state of the time page, from one moment. */
fastvdso_inline void fastvdso_read_time_info(const struct fastvdso_time_page *page,
					     struct fastvdso_time_info *info)
{
	const __u32 *count = &page->hres[0].clock.seq;
	struct fastvdso_reading update;
	__u32 seq;
	int i;

	do {
		const struct fastvdso_hres *hres;
		const struct fastvdso_clocksource *cs;

		seq = fastvdso_latch_read_begin(count);
		hres = &page->hres[seq & 1];
		cs = &page->clocksource[seq & 1];
		info->clock_mode = fastvdso_load(hres->clock.clock_mode);
		info->mult = fastvdso_load(hres->clock.mult);
		info->shift = fastvdso_load(hres->clock.shift);
		info->cycle_last = fastvdso_load(hres->clock.cycle_last);
		update.sec = fastvdso_load(hres->mono_sec);
		update.nsec = fastvdso_load(hres->mono_nsec) +
			      (fastvdso_load(hres->clock.xtime_nsec) >> info->shift);
		for (i = 0; i < FASTVDSO_NAME_LEN; i++)
			info->name[i] = fastvdso_load(cs->name[i]);
	} while (fastvdso_latch_read_retry(count, seq));

	update.elapsed = 0;
	fastvdso_normalise(&update);
	info->seq = seq;
	info->update_sec = update.sec;
	info->update_nsec = (__u32)update.nsec;
	info->reserved = 0;
}

#endif /* FASTVDSO_READER_H */
