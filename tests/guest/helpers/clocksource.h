/* SPDX-License-Identifier: GPL-2.0 */
/* What a test may expect of a clocksource. */
#ifndef FASTVDSO_CLOCKSOURCE_H
#define FASTVDSO_CLOCKSOURCE_H

#include <linux/fastvdso.h>
#include <stdint.h>
#include <stdlib.h>

#include "sysfs.h"

/*
 * The mode in which user space can read a clocksource, or FASTVDSO_CLOCK_NONE. Whether kvm-clock or
 * Xen's clock can be read depends on the host, so tests/harness/qemu/guest tells.
 */
static inline uint32_t clock_mode_of(const char *clocksource)
{
	const char *mode = getenv("FASTVDSO_CLOCK_MODE");

	if (!strcmp(clocksource, "tsc") || !strcmp(clocksource, "arch_sys_counter") ||
	    !strcmp(clocksource, "riscv_clocksource"))
		return FASTVDSO_CLOCK_COUNTER;
	if (!strcmp(clocksource, "hyperv_clocksource_tsc_page"))
		return FASTVDSO_CLOCK_HVCLOCK;
	if ((!strcmp(clocksource, "kvm-clock") || !strcmp(clocksource, "xen")) &&
	    mode && !strcmp(mode, "pvclock"))
		return FASTVDSO_CLOCK_PVCLOCK;
	return FASTVDSO_CLOCK_NONE;
}

/* Would the module steer nothing here, whatever the clocksource is? */
static inline int never_steers(void)
{
	const char *steers = getenv("FASTVDSO_STEERS");

	return steers && !strcmp(steers, "no");
}

/*
 * In a PV guest of Xen, TSC_AUX has the hypervisor's value on every CPU, so it is the number of CPU 0
 * only, and nothing can be steered on more than one CPU.
 */
static inline int has_foreign_tsc_aux(void)
{
	const char *host = getenv("FASTVDSO_HOST");

	return host && !strcmp(host, "xen") && sysconf(_SC_NPROCESSORS_CONF) > 1;
}

/* Compares whole words, because hyperv_clocksource_tsc_page is not tsc. */
static inline int is_available(const char *clocksource)
{
	char list[256], *word, *rest = list;

	if (read_line(CLOCKSOURCES "available_clocksource", list, sizeof(list)))
		return 0;
	while ((word = strsep(&rest, " ")))
		if (!strcmp(word, clocksource))
			return 1;
	return 0;
}

#endif
