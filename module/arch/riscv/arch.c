// SPDX-License-Identifier: GPL-2.0
/* RISC-V: the time CSR. */
#include <linux/compat.h>
#include <linux/init.h>

#include <asm/delay.h>

#include "../counter_only.h"
#include "variant.h"

/* The image needs nothing that only some CPUs have. */
u32 __init fastvdso_arch_patch(u32 right)
{
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
	u64 value;

	asm volatile("fence r, i\n\trdtime %0" : "=r"(value) : : "memory");
	return value;
}

unsigned long fastvdso_arch_counter_khz(void)
{
	return riscv_timebase / 1000;
}

/* The architecture requires both. */
u32 __init fastvdso_arch_counter_flags(void)
{
	return FASTVDSO_COUNTER_CONSTANT | FASTVDSO_COUNTER_NONSTOP;
}
