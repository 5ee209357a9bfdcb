/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The reader: the only retry loop and the only cycles-to-nanoseconds arithmetic
 * in the project. Compiled into the blob, into the module's self test and into
 * the host unit tests.
 *
 * The includer provides, before including this:
 *	fastvdso_arch_rmb(), fastvdso_arch_wmb()	see latch.h
 *	fastvdso_arch_counter()		the counter, 64 bits, not read before earlier
 *					loads have their values
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

/* Keep the compiler from computing an address anew for each field. */
#define fastvdso_compute_once(pointer)	__asm__("" : "+r"(pointer))

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
 * A reader that is `leaf` makes no call: past max_delta it gives up, and somebody who is
 * not asks again. So the common case keeps nothing across a call that never happens.
 */
struct fastvdso_source {
	const struct fastvdso_time_page	*page;
	__u32				mode;
	const void			*aid;
	int				leaf;
};

/* A time before normalisation: nsec may exceed a second, and does after a long idle. */
struct fastvdso_reading {
	__s64	sec;
	__u64	nsec;
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
fastvdso_inline int fastvdso_read_counter(const struct fastvdso_source *source, __u64 *counter)
{
	const struct fastvdso_cpu_page *cpus = source->aid;
	__u32 cpu;

	if (source->mode == FASTVDSO_CLOCK_COUNTER) {
		*counter = fastvdso_arch_counter();
		return 1;
	}
	if (source->mode != FASTVDSO_CLOCK_STEERED)
		return fastvdso_arch_hypervisor_counter(source->mode, source->aid, counter);
	*counter = fastvdso_arch_counter_cpu(&cpu);
	if (fastvdso_unlikely(cpu >= FASTVDSO_CPUS))
		return 0;
	*counter += fastvdso_load(cpus->offset[cpu]);
	return 1;
}

/*
 * One read of the counter, as nanoseconds past the base second; and, where asked for,
 * by how much it may be wrong.
 */
fastvdso_inline int fastvdso_read_nsec(const struct fastvdso_source *source,
				       const struct fastvdso_clock *clock,
				       const struct fastvdso_clocksource *cs, __u64 *nsec, __u64 *bound)
{
	__u64 delta, xtime_nsec;
	__u32 mult;
	__u8 shift;

	if (fastvdso_unlikely(fastvdso_load(clock->clock_mode) != source->mode))
		return 0;
	if (fastvdso_unlikely(!fastvdso_read_counter(source, &delta)))
		return 0;
	/* The counter takes longer than all of these together, which so need no registers before. */
	delta -= fastvdso_load(clock->cycle_last);
	mult = fastvdso_load(clock->mult);
	xtime_nsec = fastvdso_load(clock->xtime_nsec);
	shift = fastvdso_load(clock->shift);
	if (fastvdso_unlikely(delta > fastvdso_load(clock->max_delta))) {
		/* A steered line is not drawn out; that a counter is behind is no matter. */
		if (source->leaf || (source->mode == FASTVDSO_CLOCK_STEERED && (__s64)delta >= 0))
			return 0;
		*nsec = fastvdso_cycles_to_nsec_slow(cs, delta, mult, xtime_nsec, shift);
		delta = 0;
	} else {
		*nsec = (delta * mult + xtime_nsec) >> shift;
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
	__s64 sec;
	__u64 nsec;
	__u32 seq;

	do {
		const struct fastvdso_hres *hres;

		seq = fastvdso_latch_read_begin(count);
		hres = &page->hres[seq & 1];
		fastvdso_compute_once(hres);
		if (!fastvdso_read_nsec(source, &hres->clock, &page->clocksource[seq & 1],
					&nsec, bound))
			return 0;
		if (id == FASTVDSO_REALTIME || id == FASTVDSO_TAI) {
			sec = fastvdso_load(hres->real_sec);
			if (id == FASTVDSO_TAI)
				sec += fastvdso_load(hres->tai_offset);
		} else {
			sec = fastvdso_load(hres->mono_sec);
			nsec += fastvdso_load(hres->mono_nsec);
			if (id == FASTVDSO_BOOTTIME) {
				sec += fastvdso_load(hres->boot_sec);
				nsec += fastvdso_load(hres->boot_nsec);
			}
		}
	} while (fastvdso_latch_read_retry(count, seq));

	now->sec = sec;
	now->nsec = nsec;
	return 1;
}

fastvdso_inline int fastvdso_read_raw(const struct fastvdso_source *source,
				      struct fastvdso_reading *now, __u64 *bound)
{
	const struct fastvdso_time_page *page = source->page;
	const __u32 *count = &page->raw[0].clock.seq;
	__u32 seq;

	do {
		const struct fastvdso_raw *raw;

		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		fastvdso_compute_once(raw);
		if (!fastvdso_read_nsec(source, &raw->clock, &page->clocksource[seq & 1],
					&now->nsec, bound))
			return 0;
		now->sec = fastvdso_load(raw->raw_sec);
	} while (fastvdso_latch_read_retry(count, seq));
	return 1;
}

fastvdso_inline void fastvdso_read_coarse(const struct fastvdso_time_page *page, __u32 id,
					  struct fastvdso_reading *now)
{
	const __u32 *count = &page->raw[0].clock.seq;
	__u32 seq;

	do {
		const struct fastvdso_raw *raw;

		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		if (id == FASTVDSO_REALTIME_COARSE) {
			now->sec = fastvdso_load(raw->real_coarse_sec);
			now->nsec = fastvdso_load(raw->real_coarse_nsec);
		} else {
			now->sec = fastvdso_load(raw->mono_coarse_sec);
			now->nsec = fastvdso_load(raw->mono_coarse_nsec);
		}
	} while (fastvdso_latch_read_retry(count, seq));
}

/*
 * Any clock, in the time namespace of @ns. 0 for a clock that is not on the page, or
 * not while the clocksource is what it is. The coarse clocks do not ask for the mode.
 */
fastvdso_inline int fastvdso_read_clock(const struct fastvdso_source *source,
					const struct fastvdso_ns_page *ns, __s32 id,
					struct fastvdso_reading *now, __u64 *bound)
{
	if (id == FASTVDSO_MONOTONIC) {
		if (!fastvdso_read_hres(source, FASTVDSO_MONOTONIC, now, bound))
			return 0;
	} else if (id == FASTVDSO_REALTIME) {
		return fastvdso_read_hres(source, FASTVDSO_REALTIME, now, bound);
	} else if (id == FASTVDSO_MONOTONIC_RAW) {
		if (!fastvdso_read_raw(source, now, bound))
			return 0;
	} else if (id == FASTVDSO_MONOTONIC_COARSE) {
		fastvdso_read_coarse(source->page, FASTVDSO_MONOTONIC_COARSE, now);
	} else if (id == FASTVDSO_REALTIME_COARSE) {
		fastvdso_read_coarse(source->page, FASTVDSO_REALTIME_COARSE, now);
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
	return now->sec * (__s64)FASTVDSO_NSEC_PER_SEC + (__s64)now->nsec;
}

/* Carry whole seconds. The loop runs at most a few times; the compiler must not divide. */
fastvdso_inline void fastvdso_normalise(struct fastvdso_reading *now)
{
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

	fastvdso_normalise(&update);
	info->seq = seq;
	info->update_sec = update.sec;
	info->update_nsec = (__u32)update.nsec;
	info->reserved = 0;
}

#endif /* FASTVDSO_READER_H */
