/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The patch table: places in the image where the module writes the best instructions for
 * this CPU. Included by patch.h of an architecture, which has the kinds of places.
 *
 * The image as built is correct on every CPU on which Linux reads the counter. At load,
 * before anyone can map the image, the module overwrites the places for which the CPU has
 * better instructions. An entry is two 32-bit words: the place, relative to the entry itself
 * so that the table needs no relocation, and the kind of instruction there.
 */
#ifndef FASTVDSO_PATCH_TABLE_H
#define FASTVDSO_PATCH_TABLE_H

#include <linux/types.h>

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

/* The place of the entry at an offset of the image, or a null pointer if it is of another kind. */
static inline void *fastvdso_patch_place(void *image, unsigned long offset, __u32 kind)
{
	const struct fastvdso_patch_entry *entry = (const void *)((const char *)image + offset);

	return entry->kind == kind ? (char *)image + offset + entry->place : (void *)0;
}

/* The symbol table's entries are 24 bytes: a name, which stays, then what it stands for. */
#define FASTVDSO_SYMBOL_SIZE	24
#define FASTVDSO_SYMBOL_SECTION	6

/* Make an entry of the symbol table one that no program finds: undefined, with no address. */
static inline void fastvdso_hide_symbol(void *image, unsigned long entry)
{
	unsigned long i;

	for (i = FASTVDSO_SYMBOL_SECTION; i < FASTVDSO_SYMBOL_SIZE; i++)
		((char *)image)[entry + i] = 0;
}

#endif
