/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The ELF reader: everything that the project's user space wants to know of an
 * image. Trusts nothing in the file: every offset, count and string is checked
 * against the bytes that are there.
 */
#ifndef FASTVDSO_ELF_READER_H
#define FASTVDSO_ELF_READER_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* What fastvdso_elf_parse() found. Pointers lead into the image. */
struct fastvdso_elf {
	const uint8_t		*base;
	size_t			size;		/* bytes of the file */
	const Elf64_Ehdr	*header;
	const Elf64_Phdr	*segments;
	const Elf64_Phdr	*load;		/* the one PT_LOAD, R+X, at 0 */
	const Elf64_Sym		*symbols;
	size_t			symbol_count;
	const char		*strings;
	size_t			strings_size;
	const Elf64_Versym	*versions;	/* one for each symbol, or NULL */
	size_t			verdef;		/* offset; 0 if there is none */
	size_t			verdef_count;
	const char		*soname;	/* or NULL */
	const uint8_t		*build_id;	/* or NULL */
	size_t			build_id_size;
	uint32_t		abi_version;	/* of the project's own note; 0 if there is none */
	uint32_t		data_pages;	/* likewise */
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
 * Parse an image of `size` bytes, which must outlive `elf`. 0, or -ENOEXEC with
 * elf->problem saying why.
 */
int fastvdso_elf_parse(struct fastvdso_elf *elf, const void *image, size_t size);

/* Symbol `index`, counted from 0. 0, or -ENOENT past the end or for a broken one. */
int fastvdso_elf_symbol_at(const struct fastvdso_elf *elf, size_t index,
			   struct fastvdso_elf_symbol *symbol);

/*
 * The address within the image of a function by name and version; NULL if there
 * is no such function, or it does not lie wholly within the executable segment.
 */
void *fastvdso_elf_function(const struct fastvdso_elf *elf, const char *name,
			    const char *version);

#endif
