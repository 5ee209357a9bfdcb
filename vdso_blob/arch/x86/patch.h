/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The patch table: places in the image where the module writes the best instructions for
 * this CPU.
 *
 * The image as built is correct on every x86-64 CPU on which Linux reads the TSC. At load,
 * before anyone can map the image, the module overwrites the places for which the CPU has
 * better instructions. An entry is two 32-bit words: the place, relative to the entry itself
 * so that the table needs no relocation, and the kind of instruction there.
 */
#ifndef FASTVDSO_ARCH_PATCH_H
#define FASTVDSO_ARCH_PATCH_H

#include <linux/types.h>

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

/* Assembly code with an entry in the patch table. The statement passes the kind as [kind]. */
#define FASTVDSO_PATCHABLE(code)				\
	"661:	" code "\n"					\
	".pushsection .fastvdso_patch, \"a\"\n"			\
	"	.balign 4\n"					\
	"	.long 661b - .\n"				\
	"	.long %c[kind]\n"				\
	".popsection\n"

struct fastvdso_patch_entry {
	__s32	place;		/* relative to this field */
	__u32	kind;
};

/* Overwrite every place of a kind. @start and @end are offsets of the table in the image. */
static inline void fastvdso_patch(void *image, unsigned long start, unsigned long end, __u32 kind,
				  const __u8 *code, unsigned long length)
{
	unsigned long offset, i;

	for (offset = start; offset < end; offset += sizeof(struct fastvdso_patch_entry)) {
		const struct fastvdso_patch_entry *entry = (const void *)((const char *)image + offset);
		__u8 *place = (__u8 *)image + offset + entry->place;

		for (i = 0; entry->kind == kind && i < length; i++)
			place[i] = code[i];
	}
}

#endif
