// SPDX-License-Identifier: GPL-2.0
/*
 * Replaces module/arch/x86/hypervisor_page.c in tests/system/hypervisor, which sets MODE: report the
 * TSC as the hypervisor's clocksource, and make a page with which that clocksource equals the TSC.
 */
#include <linux/clocksource.h>
#include <linux/mm.h>

#include "internal.h"

enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource)
{
	return clocksource->vdso_clock_mode == VDSO_CLOCKMODE_TSC ? MODE : FASTVDSO_CLOCK_NONE;
}

unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot)
{
	static u64 *page;

	if (!page) {
		page = (void *)get_zeroed_page(GFP_KERNEL);
		if (MODE == FASTVDSO_CLOCK_PVCLOCK) {
			/* (tsc << 1) * 2^31 >> 32 */
			page[1] = 12345;
			page[2] = 12345;
			page[3] = 1ull << 31 | 1ull << 32 | 1ull << 40;
		} else {
			/* (tsc * (2^64 - 1) >> 64) + 1 */
			page[0] = 0xffffffff;
			page[1] = ~0ull;
			page[2] = 1;
		}
	}
	return virt_to_phys(page) >> PAGE_SHIFT;
}
