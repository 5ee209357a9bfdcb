/* SPDX-License-Identifier: GPL-2.0 */
/* The published formulas of the hypervisors' clocks, in integers that do not overflow. */
#ifndef FASTVDSO_FORMULAS_H
#define FASTVDSO_FORMULAS_H

#include "fake_counter.h"
#include "hypervisor.h"

/* The low 128 bits of a product, digit by digit in base 2^32. */
static unsigned __int128 multiply(unsigned __int128 a, __u64 b)
{
	unsigned __int128 product = 0;
	int i, k;

	for (i = 0; i < 4; i++)
		for (k = 0; k < 2 && i + k < 4; k++)
			product += (unsigned __int128)((__u64)(__u32)(a >> 32 * i) * (__u32)(b >> 32 * k))
				   << 32 * (i + k);
	return product;
}

/*
 * Documentation/virt/kvm/x86/msr.rst: time = current_tsc - tsc_timestamp, shifted left by
 * tsc_shift or right by -tsc_shift; time = (time * tsc_to_system_mul) >> 32; plus system_time.
 */
static __u64 pvclock_formula(const struct fastvdso_pvclock *page, __u64 tsc)
{
	unsigned __int128 time = (__u64)(tsc - page->tsc_timestamp);

	time = page->tsc_shift >= 0 ? (__u64)multiply(time, 1ull << page->tsc_shift)
				      : time / ((unsigned __int128)1 << -page->tsc_shift);
	return (__u64)(multiply(time, page->tsc_to_system_mul) / ((unsigned __int128)1 << 32)) +
	       page->system_time;
}

/* Top Level Functional Specification: ReferenceTime = ((VirtualTsc * TscScale) >> 64) + TscOffset. */
static __u64 hvclock_formula(const struct fastvdso_hvclock *page, __u64 tsc)
{
	return (__u64)(multiply(tsc, page->tsc_scale) >> 64) + (__u64)page->tsc_offset;
}

#endif
