/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The latch of the time page: both sides of the protocol, with its barriers.
 *
 * One writer at a time, any number of readers, who never wait. The includer
 * provides fastvdso_arch_rmb() and fastvdso_arch_wmb(): the blob and the host
 * tests by arch/ARCH/barrier.h, the module by the kernel's own barriers.
 *
 * Barriers, by letter:
 *	A  the copy's former stores before the odd count     (write, pairs with D)
 *	B  the odd count before the stores to copy 0         (write, pairs with E)
 *	C  the stores to copy 0 before the even count        (write, pairs with D)
 *	   the even count before the stores to copy 1        (write, pairs with E)
 *	D  the count before the loads of the copy            (read)
 *	E  the loads of the copy before the count again      (read)
 */
#ifndef FASTVDSO_LATCH_H
#define FASTVDSO_LATCH_H

#include <linux/fastvdso.h>

#define fastvdso_load(x)	(*(const volatile __typeof__(x) *)&(x))
#define fastvdso_store(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

/* Half of a 64-bit value, loaded by itself: what compares halves need not take them apart. */
typedef __u32 __attribute__((__may_alias__)) fastvdso_half;
#define fastvdso_halves(x)	((const volatile fastvdso_half *)&(x))
#define fastvdso_low_half(x)	(fastvdso_halves(x)[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__])
#define fastvdso_high_half(x)	(fastvdso_halves(x)[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__])

#define fastvdso_inline		static inline __attribute__((__always_inline__))
#define fastvdso_likely(x)	__builtin_expect(!!(x), 1)
#define fastvdso_unlikely(x)	__builtin_expect(!!(x), 0)

/*
 * A value of the counter as the CPU gives it, in halves of 32 bits: each already as wide
 * as the arithmetic wants it.
 */
struct fastvdso_counter {
	__u64	low;
	__u64	high;
};

/* Begin to read: the count, whose lowest bit is the index of the copy to read. */
fastvdso_inline __u32 fastvdso_latch_read_begin(const __u32 *count)
{
	__u32 seq = fastvdso_load(*count);

	fastvdso_arch_rmb();	/* D */
	return seq;
}

/* True if the copy that was read may have been replaced meanwhile. */
fastvdso_inline int fastvdso_latch_read_retry(const __u32 *count, __u32 seq)
{
	fastvdso_arch_rmb();	/* E */
	return fastvdso_unlikely(fastvdso_load(*count) != seq);
}

/*
 * Nanoseconds past the base second, shifted left by shift, that belong to a value of the
 * counter: as the kernel keeps them, to as the page does, and back. With its mult.
 */
fastvdso_inline void fastvdso_clock_set(struct fastvdso_clock *clock, __u64 cycle_last,
					__u64 xtime_nsec)
{
	clock->cycle_last = cycle_last;
	clock->addend = xtime_nsec - (__u64)(__u32)cycle_last * clock->mult;
}

fastvdso_inline __u64 fastvdso_clock_nsec(const struct fastvdso_clock *clock)
{
	return fastvdso_load(clock->addend) +
	       (__u64)(__u32)fastvdso_load(clock->cycle_last) * fastvdso_load(clock->mult);
}

/* What one update of the time page writes. The counts within are ignored. */
struct fastvdso_update {
	struct fastvdso_hres		hres;
	struct fastvdso_raw		raw;
	struct fastvdso_clocksource	clocksource;
	struct fastvdso_epoch		epoch;
};

/* Copy a line but for its first word, the sequence count and mult, word by word. */
fastvdso_inline void fastvdso_store_line(__u64 *to, const __u64 *from)
{
	/* Spelled out, for compilers that leave loops of the kernel alone. */
	fastvdso_store(to[1], from[1]);
	fastvdso_store(to[2], from[2]);
	fastvdso_store(to[3], from[3]);
	fastvdso_store(to[4], from[4]);
	fastvdso_store(to[5], from[5]);
	fastvdso_store(to[6], from[6]);
	fastvdso_store(to[7], from[7]);
}

fastvdso_inline void fastvdso_latch_store_copy(struct fastvdso_time_page *page, int copy,
					       const struct fastvdso_update *update)
{
	struct fastvdso_hres *hres = &page->hres[copy];
	struct fastvdso_raw *raw = &page->raw[copy];

	fastvdso_store(hres->clock.mult, update->hres.clock.mult);
	fastvdso_store_line((__u64 *)hres, (const __u64 *)&update->hres);
	fastvdso_store(raw->clock.mult, update->raw.clock.mult);
	fastvdso_store_line((__u64 *)raw, (const __u64 *)&update->raw);
}

/* Clocksource and epoch change rarely: their lines are left alone, and stay shared, until then. */
fastvdso_inline void fastvdso_latch_store_rare(struct fastvdso_time_page *page, int copy,
					       const struct fastvdso_update *update)
{
	__u64 *to = (__u64 *)&page->clocksource[copy];
	const __u64 *from = (const __u64 *)&update->clocksource;

	fastvdso_store(to[0], from[0]);
	fastvdso_store_line(to, from);
	fastvdso_store(page->epoch[copy].since, update->epoch.since);
	fastvdso_store(page->epoch[copy].generation, update->epoch.generation);
}

/* Publish an update. The caller excludes other writers. */
fastvdso_inline void fastvdso_latch_write(struct fastvdso_time_page *page,
					  const struct fastvdso_update *update,
					  int rare_changed)
{
	__u32 hres_seq = page->hres[0].clock.seq;
	__u32 raw_seq = page->raw[0].clock.seq;

	fastvdso_arch_wmb();	/* A */
	fastvdso_store(page->hres[0].clock.seq, hres_seq + 1);
	fastvdso_store(page->raw[0].clock.seq, raw_seq + 1);
	fastvdso_arch_wmb();	/* B */

	fastvdso_latch_store_copy(page, 0, update);
	if (rare_changed)
		fastvdso_latch_store_rare(page, 0, update);

	fastvdso_arch_wmb();	/* C */
	fastvdso_store(page->hres[0].clock.seq, hres_seq + 2);
	fastvdso_store(page->raw[0].clock.seq, raw_seq + 2);
	fastvdso_arch_wmb();	/* C */

	fastvdso_latch_store_copy(page, 1, update);
	if (rare_changed)
		fastvdso_latch_store_rare(page, 1, update);
}

/* What a writer remembers of the epoch that lasts. */
struct fastvdso_epoch_writer {
	struct fastvdso_epoch	epoch;
	__u32			mult;
	__u8			shift;
};

/* 1 if an update begins an epoch: the clocks were set, or their rate changed by a millionth. */
fastvdso_inline int fastvdso_epoch_update(struct fastvdso_epoch_writer *writer,
					  const struct fastvdso_clock *clock, int was_set)
{
	__u32 change = clock->mult > writer->mult ? clock->mult - writer->mult
						  : writer->mult - clock->mult;

	if (!was_set && clock->shift == writer->shift && change <= writer->mult >> 20)
		return 0;
	writer->epoch.generation += !!was_set;
	writer->epoch.since = clock->cycle_last;
	writer->mult = clock->mult;
	writer->shift = clock->shift;
	return 1;
}

#endif /* FASTVDSO_LATCH_H */
