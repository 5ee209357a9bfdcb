/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Places in the image where the module puts the best instructions for this CPU.
 *
 * The image as built is right on every x86-64 CPU that Linux runs on with a
 * readable TSC. The module looks at each entry of the patch table and, where
 * the CPU has something better, overwrites its copy of the image, once, before
 * anyone can map it. An entry is two 32-bit words: the place, relative to the
 * entry itself, and what stands there; so the table needs no relocation.
 */
#ifndef FASTVDSO_ARCH_PATCH_H
#define FASTVDSO_ARCH_PATCH_H

#include <linux/types.h>

/* What stands at a place: lfence; rdtsc -> edx:eax, may change ecx; and what may. */
#define FASTVDSO_PATCH_COUNTER		1
#define FASTVDSO_PATCH_COUNTER_LEN	5
#define FASTVDSO_RDTSCP			{ 0x0f, 0x01, 0xf9, 0x66, 0x90 }
#define FASTVDSO_MFENCE_RDTSC		{ 0x0f, 0xae, 0xf0, 0x0f, 0x31 }

/* The same, where CPU and node are wanted too: rdtscp leaves them in ecx, the others leave ecx. */
#define FASTVDSO_PATCH_COUNTER_CPUNODE	3

/* What stands at a place: lsl, segment in eax -> node << 12 | cpu in eax; and what may. */
#define FASTVDSO_PATCH_CPUNODE		2
#define FASTVDSO_PATCH_CPUNODE_LEN	4
#define FASTVDSO_RDPID_RAX		{ 0xf3, 0x0f, 0xc7, 0xf8 }

/* The segment whose limit the kernel makes node << 12 | cpu, as selector. */
#define FASTVDSO_CPUNODE_SEG	0x7b
#define FASTVDSO_CPUNODE_BITS	12

/* Assembly of one such place; the statement names what stands there as operand [kind]. */
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

/* Overwrite every place of a kind; the table stands from `start` to `end` of the image. */
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
