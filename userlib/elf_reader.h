/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Parse an image, for the library and the tools. Nothing in the file is trusted: every
 * offset, count and string is checked against the size of the file.
 */
#ifndef FASTVDSO_ELF_READER_H
#define FASTVDSO_ELF_READER_H

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* The class of this program's own files, which ElfW() names the types of. */
#define FASTVDSO_ELF_CLASS	(sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

/* More of these are refused, so that a made file cannot keep the reader busy. */
#define FASTVDSO_ELF_SEGMENTS	16
#define FASTVDSO_ELF_VERSIONS	16	/* highest version index, plus 1 */
#define FASTVDSO_ELF_NAME_MAX	255	/* bytes of a symbol's name */

/* Result of fastvdso_elf_parse(). Pointers point into the image. */
struct fastvdso_elf {
	const ElfW(Ehdr)	*header;
	const ElfW(Phdr)	*segments;
	const ElfW(Phdr)	*load;		/* the only PT_LOAD: R+X, at offset 0 */
	const ElfW(Sym)		*symbols;
	const ElfW(Versym)	*versions;	/* one per symbol, or NULL */
	const uint8_t		*base;
	size_t			size;		/* bytes of the file */
	size_t			symbol_count;
	const char		*strings;
	size_t			strings_size;
	const char		*version_names[FASTVDSO_ELF_VERSIONS];	/* by index; NULL if unnamed */
	const char		*soname;	/* or NULL */
	const uint8_t		*build_id;	/* or NULL */
	size_t			build_id_size;
	uint32_t		abi_version;	/* from the FASTVDSO note; 0 without one */
	uint32_t		data_pages;	/* from the FASTVDSO note; 0 without one */
	const char		*problem;	/* why parsing failed */
};

/* One dynamic symbol. */
struct fastvdso_elf_symbol {
	const char	*name;
	const char	*version;	/* "" if it has none */
	size_t		value;		/* offset into the image */
	size_t		size;		/* bytes */
	int		defined;
	int		function;
	int		weak;
};

/*
 * Parse an image of `size` bytes, which must outlive `elf`. Returns 0, or -ENOEXEC with
 * the reason in elf->problem.
 */
int fastvdso_elf_parse(struct fastvdso_elf *elf, const void *image, size_t size);

/* Read symbol `index`, from 0. Returns 0, or -ENOENT past the end or if its name is invalid. */
int fastvdso_elf_symbol_at(const struct fastvdso_elf *elf, size_t index,
			   struct fastvdso_elf_symbol *symbol);

/*
 * Find a function by name and version. Returns its address, or NULL if there is no such
 * function or it is not wholly inside the executable segment.
 */
void *fastvdso_elf_function(const struct fastvdso_elf *elf, const char *name,
			    const char *version);

#endif
