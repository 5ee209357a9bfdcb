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
 *
 * No function here makes a system call. A result of 0 means "not from the page":
 * the caller asks the kernel.
 */
#ifndef FASTVDSO_READER_H
#define FASTVDSO_READER_H

#include "latch.h"

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
#define FASTVDSO_COARSE_CLOCKS	(1u << FASTVDSO_REALTIME_COARSE | 1u << FASTVDSO_MONOTONIC_COARSE)

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

/* One read of the counter, as nanoseconds past the base second. */
fastvdso_inline int fastvdso_read_nsec(const struct fastvdso_clock *clock,
				       const struct fastvdso_clocksource *cs, __u64 *nsec)
{
	__u64 cycle_last = fastvdso_load(clock->cycle_last);
	__u64 xtime_nsec = fastvdso_load(clock->xtime_nsec);
	__u32 max_delta = fastvdso_load(clock->max_delta);
	__u32 mult = fastvdso_load(clock->mult);
	__u8 shift = fastvdso_load(clock->shift);
	__u64 delta;

	if (fastvdso_unlikely(fastvdso_load(clock->clock_mode) != FASTVDSO_CLOCK_COUNTER))
		return 0;
	delta = fastvdso_arch_counter() - cycle_last;
	if (fastvdso_unlikely(delta > max_delta))
		*nsec = fastvdso_cycles_to_nsec_slow(cs, delta, mult, xtime_nsec, shift);
	else
		*nsec = (delta * mult + xtime_nsec) >> shift;
	return 1;
}

/* REALTIME, MONOTONIC, BOOTTIME or TAI; the choice is made by a constant argument. */
fastvdso_inline int fastvdso_read_hres(const struct fastvdso_time_page *page, __u32 id,
				       struct fastvdso_reading *now)
{
	const __u32 *count = &page->hres[0].clock.seq;
	__s64 sec;
	__u64 base, nsec;
	__u32 seq;

	do {
		const struct fastvdso_hres *hres;

		seq = fastvdso_latch_read_begin(count);
		hres = &page->hres[seq & 1];
		base = 0;
		if (id == FASTVDSO_REALTIME || id == FASTVDSO_TAI) {
			sec = fastvdso_load(hres->real_sec);
			if (id == FASTVDSO_TAI)
				sec += fastvdso_load(hres->tai_offset);
		} else {
			sec = fastvdso_load(hres->mono_sec);
			base = fastvdso_load(hres->mono_nsec);
			if (id == FASTVDSO_BOOTTIME) {
				sec += fastvdso_load(hres->boot_sec);
				base += fastvdso_load(hres->boot_nsec);
			}
		}
		if (!fastvdso_read_nsec(&hres->clock, &page->clocksource[seq & 1], &nsec))
			return 0;
	} while (fastvdso_latch_read_retry(count, seq));

	now->sec = sec;
	now->nsec = base + nsec;
	return 1;
}

fastvdso_inline int fastvdso_read_raw(const struct fastvdso_time_page *page,
				      struct fastvdso_reading *now)
{
	const __u32 *count = &page->raw[0].clock.seq;
	__u32 seq;

	do {
		const struct fastvdso_raw *raw;

		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		now->sec = fastvdso_load(raw->raw_sec);
		if (!fastvdso_read_nsec(&raw->clock, &page->clocksource[seq & 1], &now->nsec))
			return 0;
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
 * Any clock, in the time namespace of @ns. 0 for a clock that is not on the
 * page, or not while the clocksource is what it is.
 */
fastvdso_inline int fastvdso_read_clock(const struct fastvdso_ns_page *ns,
					const struct fastvdso_time_page *page,
					__s32 id, struct fastvdso_reading *now)
{
	if (id == FASTVDSO_REALTIME)
		return fastvdso_read_hres(page, FASTVDSO_REALTIME, now);
	if (id == FASTVDSO_TAI)
		return fastvdso_read_hres(page, FASTVDSO_TAI, now);
	if (id == FASTVDSO_REALTIME_COARSE) {
		fastvdso_read_coarse(page, FASTVDSO_REALTIME_COARSE, now);
		return 1;
	}
	if (id == FASTVDSO_BOOTTIME) {
		if (!fastvdso_read_hres(page, FASTVDSO_BOOTTIME, now))
			return 0;
		now->sec += ns->boot_sec;
		now->nsec += ns->boot_nsec;
		return 1;
	}

	if (id == FASTVDSO_MONOTONIC) {
		if (!fastvdso_read_hres(page, FASTVDSO_MONOTONIC, now))
			return 0;
	} else if (id == FASTVDSO_MONOTONIC_RAW) {
		if (!fastvdso_read_raw(page, now))
			return 0;
	} else if (id == FASTVDSO_MONOTONIC_COARSE) {
		fastvdso_read_coarse(page, FASTVDSO_MONOTONIC_COARSE, now);
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
