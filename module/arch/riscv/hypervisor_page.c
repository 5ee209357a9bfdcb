// SPDX-License-Identifier: GPL-2.0
/* RISC-V: the clocksources that the image can read. */
#include <linux/clocksource.h>

#include "internal.h"

enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource)
{
	return clocksource->vdso_clock_mode == VDSO_CLOCKMODE_ARCHTIMER ? FASTVDSO_CLOCK_COUNTER
									 : FASTVDSO_CLOCK_NONE;
}

/* RISC-V's hypervisors publish no clock on a page. */
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot)
{
	return 0;
}
