/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Read the clocks of a time page. Compiled into the image, into the module's self test
 * and into the host tests.
 *
 * No function here makes a system call. A function that returns 0 could not read the clock
 * from the page; its caller falls back.
 */
#ifndef FASTVDSO_READER_H
#define FASTVDSO_READER_H

#include "cycles.h"
#include "latch.h"
#include "update.h"

/* A sum of seconds and nanoseconds. nsec may exceed one second. Seconds wrap, whatever a page holds. */
struct fastvdso_base {
	__u64	sec;
	__u64	nsec;
};

/* CLOCK_TAI minus CLOCK_REALTIME, CLOCK_BOOTTIME minus CLOCK_MONOTONIC; 0 for other clocks. */
fastvdso_inline struct fastvdso_base fastvdso_clock_distance(const struct fastvdso_hres *hres, __s32 id)
{
	struct fastvdso_base distance = { 0, 0 };

	if (id == FASTVDSO_TAI) {
		distance.sec = (__u64)(__s64)fastvdso_load(hres->tai_offset);
	} else if (id == FASTVDSO_BOOTTIME) {
		distance.sec = fastvdso_load(hres->boot_sec);
		distance.nsec = fastvdso_load(hres->boot_nsec);
	}
	return distance;
}

/* The base of a fine clock, to which the nanoseconds elapsed by the counter are added. */
fastvdso_inline struct fastvdso_base fastvdso_clock_base(const struct fastvdso_hres *hres,
							 const struct fastvdso_raw *raw, __s32 id)
{
	struct fastvdso_base base = { 0, 0 }, distance;

	if (id == FASTVDSO_MONOTONIC_RAW) {
		base.sec = fastvdso_load(raw->raw_sec);
	} else if (id == FASTVDSO_REALTIME || id == FASTVDSO_TAI) {
		base.sec = fastvdso_load(hres->real_sec);
	} else {
		base.sec = fastvdso_load(hres->mono_sec);
		base.nsec = fastvdso_load(hres->mono_nsec);
	}
	distance = fastvdso_clock_distance(hres, id);
	base.sec += distance.sec;
	base.nsec += distance.nsec;
	return base;
}

/* What the time namespace of @ns adds to a clock. */
fastvdso_inline struct fastvdso_base fastvdso_namespace_offset(const struct fastvdso_ns_page *ns, __s32 id)
{
	if (id == FASTVDSO_BOOTTIME)
		return (struct fastvdso_base) { ns->boot_sec, ns->boot_nsec };
	if (id == FASTVDSO_MONOTONIC || id == FASTVDSO_MONOTONIC_RAW || id == FASTVDSO_MONOTONIC_COARSE)
		return (struct fastvdso_base) { ns->mono_sec, ns->mono_nsec };
	return (struct fastvdso_base) { 0, 0 };
}

/* Read a fine clock. If @id is a constant, all choices by it are made at compile time. */
fastvdso_inline int fastvdso_read_fine(const struct fastvdso_source *source,
				       const struct fastvdso_ns_page *ns, __s32 id,
				       struct fastvdso_reading *now, __u64 *bound)
{
	const struct fastvdso_time_page *page = source->page;
	const int is_raw = id == FASTVDSO_MONOTONIC_RAW;
	const struct fastvdso_clock *first = is_raw ? &page->raw[0].clock : &page->hres[0].clock;
	struct fastvdso_base base, offset;

	for (;;) {
		__u32 seq = fastvdso_latch_read_begin(&first->seq);
		const struct fastvdso_clock *clock;

		/* First of all, because other modes continue in another function. */
		if (fastvdso_unlikely(!fastvdso_mode_matches(source, first)))
			return 0;
		/* Both kinds of line begin with the clock, and have the same size. */
		clock = (const void *)((const struct fastvdso_hres *)first + (seq & 1));
		fastvdso_compute_once(clock);
		if (!fastvdso_read_elapsed(source, clock, &page->clocksource[seq & 1], &now->elapsed, bound))
			return 0;
		base = fastvdso_clock_base((const void *)clock, (const void *)clock, id);
		if (!fastvdso_latch_read_retry(&first->seq, seq))
			break;
		if (source->single_attempt)
			return 0;
	}
	offset = fastvdso_namespace_offset(ns, id);
	now->sec = (__s64)(base.sec + offset.sec);
	now->nsec = base.nsec + offset.nsec;
	return 1;
}

fastvdso_inline int fastvdso_has_hypervisor_page(const struct fastvdso_ns_page *ns)
{
	return (fastvdso_load(ns->flags) & FASTVDSO_NS_HYPERVISOR) != 0;
}

fastvdso_inline int fastvdso_is_fine(__s32 id)
{
	return (__u32)id < 32 && FASTVDSO_FINE_CLOCKS >> id & 1;
}

/*
 * Read a fine clock of a hypervisor by a single attempt, if the hypervisor's page is mapped. If @id is a
 * constant, all choices by it are made at compile time. The mode is checked first, because other modes
 * continue in another function.
 *
 * Only copy 0 is read, and the attempt fails while it is being written: choosing the copy, and checking
 * its mode, would be a tenth of all instructions.
 *
 * Loaded before the counter: the sequence counts of both pages, the mode, and the flags. While it is being
 * read: the rest of the hypervisor's page (32 bytes), its sequence count again, one line of the time page,
 * its sequence count again, and the offsets of the time namespace. One branch tests whether any of that was
 * unusable or changed, because nothing that was computed is used before.
 */
fastvdso_inline int fastvdso_read_hypervisor_clock(const struct fastvdso_source *source,
						   const struct fastvdso_ns_page *ns, __s32 id,
						   struct fastvdso_reading *now)
{
	const struct fastvdso_time_page *page = source->page;
	/* Both kinds of line begin with the clock, and have the same size. */
	const struct fastvdso_hres *line =
		id == FASTVDSO_MONOTONIC_RAW ? (const void *)page->raw : page->hres;
	const __u32 *count = &line->clock.seq;
	struct fastvdso_hypervisor_failure failure;
	struct fastvdso_base base, offset;
	struct fastvdso_counter counter;
	__u32 seq, unusable;

	seq = fastvdso_latch_read_begin(count);
	if (fastvdso_unlikely(!fastvdso_mode_matches(source, &line->clock)) ||
	    fastvdso_unlikely(!fastvdso_has_hypervisor_page(ns)))
		return 0;
	failure = fastvdso_arch_hypervisor_counter(source->mode, source->mode_page, source->unordered, NULL,
						   &counter);
	unusable = failure.invalid | failure.changed;
	/* Combine these now, because more values would occupy too many registers. */
	fastvdso_compute_once(unusable);
	if (!fastvdso_elapsed_at(source, &line->clock, NULL, counter, &now->elapsed, NULL))
		return 0;
	base = fastvdso_clock_base(line, (const void *)line, id);
	offset = fastvdso_namespace_offset(ns, id);
	now->sec = (__s64)(base.sec + offset.sec);
	now->nsec = base.nsec + offset.nsec;
	/* Clear the lowest bit, so that an odd count never compares equal. */
	fastvdso_compute_later(seq);
	seq &= ~1u;
	return fastvdso_likely(!(unusable | fastvdso_latch_read_difference(count, seq)));
}

fastvdso_inline int fastvdso_is_coarse(__s32 id)
{
	return id == FASTVDSO_REALTIME_COARSE || id == FASTVDSO_MONOTONIC_COARSE;
}

/*
 * Read either coarse clock in the time namespace of @ns. The clock is selected by conditional
 * moves, since a branch would cost as much as the rest. At most one second is carried, so the
 * result is normalised.
 */
fastvdso_inline void fastvdso_read_coarse(const struct fastvdso_time_page *page,
					  const struct fastvdso_ns_page *ns, __s32 id,
					  struct fastvdso_reading *now)
{
	const __u32 *count = &page->raw[0].clock.seq;
	struct fastvdso_base real, mono, offset;
	__u64 carried, sec;
	__u32 seq;

	do {
		const struct fastvdso_raw *raw;

		seq = fastvdso_latch_read_begin(count);
		raw = &page->raw[seq & 1];
		fastvdso_compute_once(raw);
		real.sec = fastvdso_load(raw->real_coarse_sec);
		real.nsec = fastvdso_load(raw->real_coarse_nsec);
		mono.sec = fastvdso_load(raw->mono_coarse_sec);
		mono.nsec = fastvdso_load(raw->mono_coarse_nsec);
	} while (fastvdso_latch_read_retry(count, seq));

	offset = fastvdso_namespace_offset(ns, FASTVDSO_MONOTONIC_COARSE);
	mono.sec += offset.sec;
	mono.nsec += offset.nsec;
	sec = id == FASTVDSO_REALTIME_COARSE ? real.sec : mono.sec;
	now->nsec = id == FASTVDSO_REALTIME_COARSE ? real.nsec : mono.nsec;
	carried = now->nsec - FASTVDSO_NSEC_PER_SEC;
	now->sec = (__s64)(sec + (now->nsec >= FASTVDSO_NSEC_PER_SEC));
	now->nsec = now->nsec >= FASTVDSO_NSEC_PER_SEC ? carried : now->nsec;
	now->elapsed = 0;
}

/*
 * Read any clock in the time namespace of @ns. Return 0 if the page does not have the clock,
 * or not in the mode of @source. The coarse clocks are valid in every mode.
 */
fastvdso_inline int fastvdso_read_clock(const struct fastvdso_source *source,
					const struct fastvdso_ns_page *ns, __s32 id,
					struct fastvdso_reading *now, __u64 *bound)
{
	if (fastvdso_likely(id == FASTVDSO_MONOTONIC))
		return fastvdso_read_fine(source, ns, FASTVDSO_MONOTONIC, now, bound);
	if (id == FASTVDSO_REALTIME)
		return fastvdso_read_fine(source, ns, FASTVDSO_REALTIME, now, bound);
	if (id == FASTVDSO_MONOTONIC_RAW)
		return fastvdso_read_fine(source, ns, FASTVDSO_MONOTONIC_RAW, now, bound);
	if (fastvdso_is_coarse(id)) {
		fastvdso_read_coarse(source->page, ns, id, now);
		return 1;
	}
	if (id == FASTVDSO_BOOTTIME)
		return fastvdso_read_fine(source, ns, FASTVDSO_BOOTTIME, now, bound);
	if (id == FASTVDSO_TAI)
		return fastvdso_read_fine(source, ns, FASTVDSO_TAI, now, bound);
	return 0;
}

/* Nanoseconds since the clock's epoch, valid until the year 2262. */
fastvdso_inline __s64 fastvdso_reading_to_nsec(const struct fastvdso_reading *now)
{
	__u64 base = (__u64)now->sec * FASTVDSO_NSEC_PER_SEC + now->nsec;

	fastvdso_compute_once(base);
	return (__s64)(base + now->elapsed);
}

/* Convert to seconds and less than 10^9 nanoseconds. More than one second is carried rarely. */
fastvdso_inline void fastvdso_normalise(struct fastvdso_reading *now)
{
	__u64 sec = (__u64)now->sec;

	fastvdso_compute_once(now->nsec);
	now->nsec += now->elapsed;
	now->elapsed = 0;
	if (now->nsec >= FASTVDSO_NSEC_PER_SEC) {
		now->nsec -= FASTVDSO_NSEC_PER_SEC;
		sec++;
		if (fastvdso_unlikely(now->nsec >= FASTVDSO_NSEC_PER_SEC)) {
			sec += fastvdso_divide(now->nsec, FASTVDSO_NSEC_PER_SEC, &now->nsec);
		}
	}
	now->sec = (__s64)sec;
}

/* A consistent copy of the state of the time page. */
fastvdso_inline void fastvdso_read_time_info(const struct fastvdso_time_page *page,
					     struct fastvdso_time_info *info)
{
	const __u32 *count = &page->hres[0].clock.seq;
	struct fastvdso_reading update;
	struct fastvdso_base base;
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
		base = fastvdso_clock_base(hres, NULL, FASTVDSO_MONOTONIC);
		update.elapsed = fastvdso_clock_nsec(&hres->clock) >> (info->shift & 63);
		for (i = 0; i < FASTVDSO_NAME_LEN; i++)
			info->name[i] = fastvdso_load(cs->name[i]);
	} while (fastvdso_latch_read_retry(count, seq));

	update.sec = base.sec;
	update.nsec = base.nsec;
	fastvdso_normalise(&update);
	info->seq = seq;
	info->update_sec = update.sec;
	info->update_nsec = (__u32)update.nsec;
	info->reserved = 0;
}

#endif /* FASTVDSO_READER_H */
