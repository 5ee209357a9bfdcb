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

/* kvm-clock in nanoseconds at a TSC value. The caller checks that the page did not change. */
fastvdso_inline __u64 fastvdso_pvclock_nsec(const struct fastvdso_pvclock *page, __u64 tsc)
{
	__u64 delta = tsc - fastvdso_load(page->tsc_timestamp);
	__s8 shift = fastvdso_load(page->tsc_shift);

	/* C leaves shifts of 64 and more undefined. The CPU uses six bits of the count. */
	if (shift < 0)
		delta >>= -shift & 63;
	else
		delta <<= shift & 63;
	return (__u64)((unsigned __int128)delta * fastvdso_load(page->tsc_to_system_mul) >> 32) +
	       fastvdso_load(page->system_time);
}

/* Hyper-V's reference time at a TSC value. The caller checks that the page did not change. */
fastvdso_inline __u64 fastvdso_hvclock_time(const struct fastvdso_hvclock *page, __u64 tsc)
{
	return (__u64)((unsigned __int128)tsc * fastvdso_load(page->tsc_scale) >> 64) +
	       (__u64)fastvdso_load(page->tsc_offset);
}

/*
 * Read what the kernel's clocksource of this mode would read. Both pages have one copy and a
 * sequence count, so a reader retries if the count changed.
 */
#define fastvdso_arch_hypervisor_counter fastvdso_arch_hypervisor_counter
fastvdso_inline int fastvdso_arch_hypervisor_counter(__u32 mode, const void *page, __u64 *counter)
{
	if (mode == FASTVDSO_CLOCK_PVCLOCK) {
		const struct fastvdso_pvclock *pvclock = page;
		__u32 version;

		do {
			/* Cleared, so that an odd version never compares equal. */
			version = fastvdso_latch_read_begin(&pvclock->version) & ~1u;
			if (!(fastvdso_load(pvclock->flags) & FASTVDSO_PVCLOCK_TSC_STABLE))
				return 0;
			*counter = fastvdso_pvclock_nsec(pvclock, fastvdso_arch_counter());
		} while (fastvdso_latch_read_retry(&pvclock->version, version));
		return 1;
	}
	if (mode == FASTVDSO_CLOCK_HVCLOCK) {
		const struct fastvdso_hvclock *hvclock = page;
		__u32 sequence;

		do {
			sequence = fastvdso_latch_read_begin(&hvclock->tsc_sequence);
			if (!sequence)
				return 0;
			*counter = fastvdso_hvclock_time(hvclock, fastvdso_arch_counter());
		} while (fastvdso_latch_read_retry(&hvclock->tsc_sequence, sequence));
		return 1;
	}
	return 0;
}

#endif
