// SPDX-License-Identifier: GPL-2.0
/* arm64: the instructions that the image uses, and the virtual counter. */
#include <linux/clocksource.h>
#include <linux/compat.h>
#include <linux/init.h>

#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "../counter_only.h"
#include "compat.h"
#include "variant.h"

/*
 * Whether all CPUs have CNTVCTSS_EL0 (FEAT_ECV), which is read in program order and saves the isb. Kernels
 * name the field's place differently.
 */
#define ECV_SHIFT	60

static bool __init has_ordered_counter(void)
{
	return read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) >> ECV_SHIFT;
}

u32 __init fastvdso_arch_patch(u32 right)
{
	if (has_ordered_counter())
		fastvdso_change_image(FASTVDSO_VARIANT_CNTVCTSS);
	return 0;
}

/* The functions of the stock vDSO that this kernel does not have: see vdso_blob/stock.h. */
u32 __init fastvdso_arch_missing_functions(void)
{
	return IS_ENABLED(CONFIG_VDSO_GETRANDOM) ? 0 : FASTVDSO_VARIANT_NO_GETRANDOM;
}

/* The module has no image for 32-bit programs of this architecture, so they get ENODEV. */
bool fastvdso_arch_caller_is_32_bit(void)
{
	return in_compat_syscall();
}

/* Ordered after earlier loads, like the image's reads. */
u64 notrace fastvdso_arch_read_counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

unsigned long fastvdso_arch_counter_khz(void)
{
	return read_sysreg(cntfrq_el0) / 1000;
}

/* The architecture requires both. */
u32 __init fastvdso_arch_counter_flags(void)
{
	return FASTVDSO_COUNTER_CONSTANT | FASTVDSO_COUNTER_NONSTOP;
}
