/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The reader: the only retry loop and the only cycles-to-nanoseconds arithmetic
 * in the project. Compiled into the image, into the module's self test and into
 * the host unit tests.
 *
 * No function here makes a system call. A result of 0 means "not from the page":
 * the caller asks the kernel.
 */
#ifndef FASTVDSO_READER_H
#define FASTVDSO_READER_H

#include "cycles.h"
#include "latch.h"
#include "update.h"

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
		if (!fastvdso_read_elapsed(source, &page->hres[0].clock, &hres->clock,
					   &page->clocksource[seq & 1], &now->elapsed, bound))
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
		if (!fastvdso_read_elapsed(source, &page->raw[0].clock, &raw->clock,
					   &page->clocksource[seq & 1], &now->elapsed, bound))
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
			      (fastvdso_clock_nsec(&hres->clock) >> info->shift);
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
