/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The variants of the image on RISC-V: see that of x86. No instruction is patched. */
#ifndef FASTVDSO_ARCH_VARIANT_H
#define FASTVDSO_ARCH_VARIANT_H

#include "image.h"
#include "patch_table.h"

#define FASTVDSO_VARIANT_NO_GETRANDOM	0x10u	/* the kernel's vDSO does not have it */

#define FASTVDSO_VARIANTS_OF_CPU	{ 0 }
#define FASTVDSO_VARIANTS_OF_KERNEL	{ 0, FASTVDSO_VARIANT_NO_GETRANDOM }

static inline void fastvdso_patch_variant(void *image, unsigned long start, unsigned long end, __u32 variant)
{
}

static inline void fastvdso_make_variant(void *image, __u32 variant)
{
	if (variant & FASTVDSO_VARIANT_NO_GETRANDOM)
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL___vdso_getrandom);
}

#endif
