/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the module patches in the image on arm64. */
#ifndef FASTVDSO_ARCH_PATCH_H
#define FASTVDSO_ARCH_PATCH_H

#include "patch_table.h"

/* Built as isb; mrs Xt, cntvct_el0. With FEAT_ECV: nop; mrs Xt, cntvctss_el0. */
#define FASTVDSO_PATCH_COUNTER		1

#define FASTVDSO_NOP			0xd503201fu
#define FASTVDSO_ISB			0xd5033fdfu
#define FASTVDSO_MRS_CNTVCT		0xd53be040u
#define FASTVDSO_MRS_CNTVCTSS		0xd53be0c0u
#define FASTVDSO_MRS_RT			0x1fu	/* the bits of the register */

/* Read CNTVCTSS_EL0 everywhere. @start and @end are offsets of the table in the image. */
static inline void fastvdso_patch_counter(void *image, unsigned long start, unsigned long end)
{
	unsigned long offset;

	for (offset = start; offset < end; offset += sizeof(struct fastvdso_patch_entry)) {
		__u32 *place = fastvdso_patch_place(image, offset, FASTVDSO_PATCH_COUNTER);

		if (!place || place[0] != FASTVDSO_ISB)
			continue;
		place[0] = FASTVDSO_NOP;
		place[1] = FASTVDSO_MRS_CNTVCTSS | (place[1] & FASTVDSO_MRS_RT);
	}
}

#endif
