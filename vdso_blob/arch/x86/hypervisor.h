/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The clocks that KVM and Hyper-V publish on a page of their own. Layouts and formulas: Linux,
 * Documentation/virt/kvm/x86/msr.rst (the 64-bit layout); Hyper-V, Top Level Functional
 * Specification, "Reference TSC page".
 */
#ifndef FASTVDSO_ARCH_HYPERVISOR_H
#define FASTVDSO_ARCH_HYPERVISOR_H

#include <linux/fastvdso.h>

#ifndef fastvdso_arch_counter
#include "counter.h"
#endif
#include "latch.h"
#include "wide.h"

/* kvm-clock of CPU 0. All CPUs may use it while FASTVDSO_PVCLOCK_TSC_STABLE is set. */
struct fastvdso_pvclock {
	__u32	version;		/* odd while it is being written */
	__u32	pad0;
	__u64	tsc_timestamp;		/* TSC at the last update */
	__u64	system_time;		/* nanoseconds at tsc_timestamp */
	__u32	tsc_to_system_mul;	/* nanoseconds per (shifted) cycle, times 2^32 */
	__s8	tsc_shift;		/* shift cycles left first, or right if negative */
	__u8	flags;
	__u8	pad[2];
};

#define FASTVDSO_PVCLOCK_TSC_STABLE	(1u << 0)

/* Hyper-V's reference time, in units of 100 ns. */
struct fastvdso_hvclock {
	__u32	tsc_sequence;		/* 0: the page is not valid */
	__u32	reserved;
	__u64	tsc_scale;		/* units per cycle, times 2^64 */
	__s64	tsc_offset;		/* added to the scaled TSC */
};

FASTVDSO_ASSERT(sizeof(struct fastvdso_pvclock) == 32);
FASTVDSO_ASSERT(sizeof(struct fastvdso_hvclock) == 24);

/*
 * kvm-clock in nanoseconds at a TSC value. The caller checks that the page did not change.
 *
 * The chain from the TSC to the result is as short as the formula allows. The timestamp is
 * subtracted from the low half while the high half is shifted. The factor is shifted left by 32,
 * so that the upper half of the product is the result. system_time is returned apart, because the
 * reader adds it, multiplied, to a sum that does not depend on the TSC (fastvdso_elapsed_at()).
 */
fastvdso_inline struct fastvdso_counter fastvdso_pvclock_nsec(const struct fastvdso_pvclock *page,
							      struct fastvdso_counter tsc)
{
	__u64 factor = (__u64)fastvdso_load(page->tsc_to_system_mul) << 32;
	__s8 shift = fastvdso_load(page->tsc_shift);
	__u64 delta = (tsc.high << 32) + (tsc.low - fastvdso_load(page->tsc_timestamp));

	/* C leaves shifts of 64 and more undefined. The CPU uses six bits of the count. */
	if (fastvdso_likely(shift <= 0)) {
		delta >>= -shift & 63;
		/* A branch: with both shifts and a conditional move the chain would be longer. */
		fastvdso_compute_once(delta);
	} else {
		delta <<= shift & 63;
	}
	return (struct fastvdso_counter) {
		.low = fastvdso_multiply_high(delta, factor), .offset = fastvdso_load(page->system_time),
	};
}

/* Hyper-V's reference time at a TSC value. The caller checks that the page did not change. */
fastvdso_inline struct fastvdso_counter fastvdso_hvclock_time(const struct fastvdso_hvclock *page,
							      struct fastvdso_counter tsc)
{
	return (struct fastvdso_counter) {
		.low = fastvdso_multiply_high(tsc.high << 32 | tsc.low, fastvdso_load(page->tsc_scale)),
		.offset = (__u64)fastvdso_load(page->tsc_offset),
	};
}

/* Read the TSC, ordered or not, and also the CPU and node if @cpunode is not NULL. */
fastvdso_inline struct fastvdso_counter fastvdso_read_tsc(int unordered, __u32 *cpunode)
{
	if (cpunode)
		return fastvdso_arch_counter_cpunode(cpunode);
	return unordered ? fastvdso_arch_counter_unordered() : fastvdso_arch_counter_halves();
}

/*
 * Read what the kernel's clocksource of this mode would read. Both pages have one copy and a
 * sequence count. Before the TSC only the count is loaded, and everything else while the TSC is
 * being read.
 */
#define fastvdso_arch_hypervisor_counter fastvdso_arch_hypervisor_counter
fastvdso_inline struct fastvdso_hypervisor_failure
fastvdso_arch_hypervisor_counter(__u32 mode, const void *page, int unordered, __u32 *cpunode,
				 struct fastvdso_counter *now)
{
	struct fastvdso_hypervisor_failure failure = { .invalid = 1 };

	if (mode == FASTVDSO_CLOCK_PVCLOCK) {
		const struct fastvdso_pvclock *pvclock = page;
		__u32 version = fastvdso_latch_read_begin(&pvclock->version);

		*now = fastvdso_pvclock_nsec(pvclock, fastvdso_read_tsc(unordered, cpunode));
		/* Clear the lowest bit, so that an odd version never compares equal. */
		fastvdso_compute_later(version);
		version &= ~1u;
		failure.invalid = ~fastvdso_load(pvclock->flags) & FASTVDSO_PVCLOCK_TSC_STABLE;
		failure.changed = fastvdso_latch_read_difference(&pvclock->version, version);
	} else if (mode == FASTVDSO_CLOCK_HVCLOCK) {
		const struct fastvdso_hvclock *hvclock = page;
		__u32 sequence = fastvdso_latch_read_begin(&hvclock->tsc_sequence);

		*now = fastvdso_hvclock_time(hvclock, fastvdso_read_tsc(unordered, cpunode));
		failure.invalid = !sequence;
		failure.changed = fastvdso_latch_read_difference(&hvclock->tsc_sequence, sequence);
	}
	return failure;
}

#endif
