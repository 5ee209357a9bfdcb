/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the module patches in the images for x86-64 and i386, which encode these instructions alike. */
#ifndef FASTVDSO_ARCH_PATCH_H
#define FASTVDSO_ARCH_PATCH_H

#include "patch_table.h"

/* Built as lfence; rdtsc, result in edx:eax, ecx clobbered. Replacements: */
#define FASTVDSO_PATCH_COUNTER		1
#define FASTVDSO_PATCH_COUNTER_LEN	5
#define FASTVDSO_RDTSCP			{ 0x0f, 0x01, 0xf9, 0x66, 0x90 }
#define FASTVDSO_MFENCE_RDTSC		{ 0x0f, 0xae, 0xf0, 0x0f, 0x31 }

/* The same, but rdtscp returns CPU and node in ecx, and the others leave ecx unchanged. */
#define FASTVDSO_PATCH_COUNTER_CPUNODE	3

/* Built as lsl, segment in eax, result node << 12 | cpu in eax. Replacement: */
#define FASTVDSO_PATCH_CPUNODE		2
#define FASTVDSO_PATCH_CPUNODE_LEN	4
#define FASTVDSO_RDPID_RAX		{ 0xf3, 0x0f, 0xc7, 0xf8 }

/* Selector of the segment whose limit the kernel sets to node << 12 | cpu. */
#define FASTVDSO_CPUNODE_SEG	0x7b
#define FASTVDSO_CPUNODE_BITS	12

/* Overwrite every place of a kind. @start and @end are offsets of the table in the image. */
static inline void fastvdso_patch(void *image, unsigned long start, unsigned long end, __u32 kind,
				  const __u8 *code, unsigned long length)
{
	unsigned long offset, i;

	for (offset = start; offset < end; offset += sizeof(struct fastvdso_patch_entry)) {
		__u8 *place = fastvdso_patch_place(image, offset, kind);

		for (i = 0; place && i < length; i++)
			place[i] = code[i];
	}
}

#endif
