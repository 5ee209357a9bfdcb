/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The latch of the time page: both sides of the protocol, with its barriers.
 *
 * One writer at a time, any number of readers. While copy 0 is written, the sequence count is
 * odd and readers read copy 1, so they never wait for the writer.
 *
 * Not the kernel's seqcount_latch_t, although its protocol is the same: the count is part of a
 * structure that user space maps, 32 bits at a fixed place in the cache line of the data; one write
 * bumps two counts between the same barriers; the write functions were renamed in 6.13; and host
 * programs test this very code. The module's accesses are READ_ONCE() and WRITE_ONCE(), so KCSAN
 * knows that they are meant.
 *
 * Barriers, by letter:
 *	A  the previous stores to copy 1 before the odd count (write, pairs with D)
 *	B  the odd count before the stores to copy 0          (write, pairs with E)
 *	C  the stores to copy 0 before the even count         (write, pairs with D)
 *	   the even count before the stores to copy 1         (write, pairs with E)
 *	D  the count before the loads of the copy             (read)
 *	E  the loads of the copy before the second load of the count (read)
 */
#ifndef FASTVDSO_LATCH_H
#define FASTVDSO_LATCH_H

#include <linux/fastvdso.h>

#ifdef __KERNEL__
#include <asm/barrier.h>
#define fastvdso_arch_rmb()	smp_rmb()	/* D, E */
#define fastvdso_arch_wmb()	smp_wmb()	/* A, B, C */
#else
#include "barrier.h"
#endif
#include "compiler.h"
#include "update.h"

/* Begin to read. The lowest bit of the count is the index of the copy to read. */
fastvdso_inline __u32 fastvdso_latch_read_begin(const __u32 *count)
{
	__u32 seq = fastvdso_load(*count);

	fastvdso_arch_rmb();	/* D */
	return seq;
}

/* Not 0 if the copy may have changed while it was read. */
fastvdso_inline __u32 fastvdso_latch_read_difference(const __u32 *count, __u32 seq)
{
	fastvdso_arch_rmb();	/* E */
	return fastvdso_load(*count) ^ seq;
}

/* True if the copy may have changed while it was read. */
fastvdso_inline int fastvdso_latch_read_retry(const __u32 *count, __u32 seq)
{
	return fastvdso_unlikely(fastvdso_latch_read_difference(count, seq));
}

/* Copy a line except its first word, which holds the sequence count and mult. */
fastvdso_inline void fastvdso_store_line(__u64 *to, const __u64 *from)
{
	/* Unrolled by hand: kernel builds do not unroll at -O2. */
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

/* Clocksource and epoch change rarely. Until then their cache lines stay shared between CPUs. */
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

#endif /* FASTVDSO_LATCH_H */
