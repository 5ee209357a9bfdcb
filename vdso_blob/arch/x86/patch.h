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

/* What stands at a place, and its length in bytes. */
#define FASTVDSO_PATCH_COUNTER	1	/* lfence; rdtsc -> edx:eax, may change ecx */
#define FASTVDSO_PATCH_CPUNODE	2	/* lsl: segment in eax -> node << 12 | cpu in eax */
#define FASTVDSO_PATCH_COUNTER_LEN	5
#define FASTVDSO_PATCH_CPUNODE_LEN	4

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

#endif
