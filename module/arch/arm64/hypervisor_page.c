// SPDX-License-Identifier: GPL-2.0
/* arm64: the clocksources that the image can read. */
#include <linux/clocksource.h>

#include "internal.h"

/*
 * The kernel sets the mode to none where an erratum of the CPU makes the counter unreadable for user
 * space, and to one without compat where it is unreadable for 32-bit programs only.
 */
enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource)
{
	switch (clocksource->vdso_clock_mode) {
	case VDSO_CLOCKMODE_ARCHTIMER:
	case VDSO_CLOCKMODE_ARCHTIMER_NOCOMPAT:
		return FASTVDSO_CLOCK_COUNTER;
	default:
		return FASTVDSO_CLOCK_NONE;
	}
}

/* arm64's hypervisors publish no clock on a page. */
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot)
{
	return 0;
}
