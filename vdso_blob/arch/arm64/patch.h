/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The patch table: places in the image where the module writes the best instructions for this CPU, as on
 * x86. An entry is two 32-bit words: the place, relative to the entry itself, and the kind of
 * instruction there.
 */
#ifndef FASTVDSO_ARCH_PATCH_H
#define FASTVDSO_ARCH_PATCH_H

#include <linux/types.h>

/* Built as isb; mrs Xt, cntvct_el0. With FEAT_ECV: nop; mrs Xt, cntvctss_el0. */
#define FASTVDSO_PATCH_COUNTER		1

#define FASTVDSO_NOP			0xd503201fu
#define FASTVDSO_ISB			0xd5033fdfu
#define FASTVDSO_MRS_CNTVCT		0xd53be040u
#define FASTVDSO_MRS_CNTVCTSS		0xd53be0c0u
#define FASTVDSO_MRS_RT			0x1fu	/* the bits of the register */

/* How a CPU and its node would be packed. No register has them. */
#define FASTVDSO_CPUNODE_BITS	12

/* Assembly code with an entry in the patch table. The statement passes the kind as [kind]. */
#define FASTVDSO_PATCHABLE(code)				\
	"661:	" code "\n"					\
	".pushsection .fastvdso_patch, \"a\"\n"			\
	"	.balign 4\n"					\
	"	.word 661b - .\n"				\
	"	.word %c[kind]\n"				\
	".popsection\n"

struct fastvdso_patch_entry {
	__s32	place;		/* relative to this field */
	__u32	kind;
};

/* Read CNTVCTSS_EL0 everywhere. @start and @end are offsets of the table in the image. */
static inline void fastvdso_patch_counter(void *image, unsigned long start, unsigned long end)
{
	unsigned long offset;

	for (offset = start; offset < end; offset += sizeof(struct fastvdso_patch_entry)) {
		const struct fastvdso_patch_entry *entry = (const void *)((const char *)image + offset);
		__u32 *place = (__u32 *)((char *)image + offset + entry->place);

		if (entry->kind != FASTVDSO_PATCH_COUNTER || place[0] != FASTVDSO_ISB)
			continue;
		place[0] = FASTVDSO_NOP;
		place[1] = FASTVDSO_MRS_CNTVCTSS | (place[1] & FASTVDSO_MRS_RT);
	}
}

#endif
