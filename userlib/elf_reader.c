// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "elf_reader.h"
#include "elf_machine.h"
#include "note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_DATA	ELFDATA2LSB
#else
#define NATIVE_DATA	ELFDATA2MSB
#endif

/* Address of `count` items of `each` bytes at `offset`; NULL if any is outside the file. */
static const void *at(const struct fastvdso_elf *elf, uint64_t offset, uint64_t count,
		      size_t each, size_t align)
{
	if (offset > elf->size || count > (elf->size - offset) / each || offset % align)
		return NULL;
	return elf->base + offset;
}

/* A name of at most FASTVDSO_ELF_NAME_MAX bytes from the string table, or NULL. */
static const char *string(const struct fastvdso_elf *elf, uint64_t offset)
{
	size_t rest = offset < elf->strings_size ? elf->strings_size - offset : 0;

	if (rest > FASTVDSO_ELF_NAME_MAX + 1)
		rest = FASTVDSO_ELF_NAME_MAX + 1;
	return rest && memchr(elf->strings + offset, '\0', rest) ? elf->strings + offset : NULL;
}

static int broken(struct fastvdso_elf *elf, const char *problem)
{
	elf->problem = problem;
	return -ENOEXEC;
}

static int parse_header(struct fastvdso_elf *elf)
{
	const ElfW(Ehdr) *header = at(elf, 0, 1, sizeof(*header), 1);

	if (!header || (uintptr_t)header % _Alignof(ElfW(Ehdr)))
		return broken(elf, "file too short for an ELF header");
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return broken(elf, "not an ELF file");
	if (header->e_ident[EI_CLASS] != FASTVDSO_ELF_CLASS || header->e_ident[EI_DATA] != NATIVE_DATA ||
	    header->e_machine != FASTVDSO_ELF_MACHINE)
		return broken(elf, "ELF class, byte order or machine does not match this system");
	if (header->e_type != ET_DYN)
		return broken(elf, "not a shared object");
	if (header->e_phentsize != sizeof(ElfW(Phdr)))
		return broken(elf, "unexpected size of program headers");
	if (header->e_phnum > FASTVDSO_ELF_SEGMENTS)
		return broken(elf, "too many program headers");
	elf->header = header;
	elf->segments = at(elf, header->e_phoff, header->e_phnum, sizeof(ElfW(Phdr)),
			   _Alignof(ElfW(Phdr)));
	return elf->segments ? 0 : broken(elf, "program headers outside the file");
}

static int is_build_id(const ElfW(Nhdr) *note, const uint8_t *name)
{
	return note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof(ELF_NOTE_GNU) &&
	       !memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU));
}

static int is_own_note(const ElfW(Nhdr) *note, const char *name)
{
	return note->n_type == FASTVDSO_NOTE_TYPE && note->n_namesz >= sizeof(FASTVDSO_NOTE_PREFIX) &&
	       !name[note->n_namesz - 1] &&
	       !strncmp(name, FASTVDSO_NOTE_PREFIX, sizeof(FASTVDSO_NOTE_PREFIX) - 1);
}

/* Two decimal numbers; a missing one is read as 0. */
static void parse_own_note(struct fastvdso_elf *elf, const char *name)
{
	char *end;

	elf->abi_version = (uint32_t)strtoul(name + sizeof(FASTVDSO_NOTE_PREFIX) - 1, &end, 10);
	elf->data_pages = (uint32_t)strtoul(end, NULL, 10);
}

static void parse_notes(struct fastvdso_elf *elf, const ElfW(Phdr) *segment)
{
	uint64_t offset = segment->p_offset, end = offset + segment->p_filesz;

	if (end < offset || end > elf->size)
		return;
	while (end - offset >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = at(elf, offset, 1, sizeof(*note), _Alignof(ElfW(Nhdr)));
		uint64_t name, content, next;

		if (!note)
			return;
		name = offset + sizeof(*note);
		content = name + ((note->n_namesz + 3ull) & ~3ull);
		next = content + ((note->n_descsz + 3ull) & ~3ull);
		if (next > end)
			return;
		if (is_build_id(note, elf->base + name)) {
			elf->build_id = elf->base + content;
			elf->build_id_size = note->n_descsz;
		} else if (is_own_note(note, (const char *)elf->base + name)) {
			parse_own_note(elf, (const char *)elf->base + name);
		}
		offset = next;
	}
}

/* The hash table's second word is the number of symbols. */
static int parse_symbols(struct fastvdso_elf *elf, uint64_t symtab, uint64_t hash)
{
	const uint32_t *counts = at(elf, hash, 2, sizeof(*counts), _Alignof(uint32_t));

	if (!hash || !counts || !at(elf, hash, 2ull + counts[0] + counts[1], sizeof(*counts), 1))
		return broken(elf, "DT_HASH missing or outside the file");
	elf->symbol_count = counts[1];
	elf->symbols = at(elf, symtab, elf->symbol_count, sizeof(ElfW(Sym)), _Alignof(ElfW(Sym)));
	return symtab && elf->symbols ? 0 : broken(elf, "DT_SYMTAB missing or outside the file");
}

/* Follow the chain of `count` version definitions, and keep the name of each. */
static int parse_versions(struct fastvdso_elf *elf, uint64_t offset, uint64_t count)
{
	uint64_t i;

	if (count > FASTVDSO_ELF_VERSIONS)
		return broken(elf, "too many versions");
	for (i = 0; i < count; i++) {
		const ElfW(Verdef) *def = at(elf, offset, 1, sizeof(*def), _Alignof(ElfW(Verdef)));
		const ElfW(Verdaux) *aux = def ? at(elf, offset + def->vd_aux, 1, sizeof(*aux),
						    _Alignof(ElfW(Verdaux))) : NULL;

		if (!aux || def->vd_ndx >= FASTVDSO_ELF_VERSIONS)
			return broken(elf, "version outside the file, or its index is too high");
		if (!(def->vd_flags & VER_FLG_BASE))
			elf->version_names[def->vd_ndx] = string(elf, aux->vda_name);
		offset += def->vd_next;
	}
	return 0;
}

static int parse_dynamic(struct fastvdso_elf *elf, const ElfW(Phdr) *segment)
{
	const ElfW(Dyn) *dynamic;
	uint64_t count = segment->p_filesz / sizeof(*dynamic), i;
	uint64_t hash = 0, symtab = 0, strtab = 0, versym = 0, verdef = 0, verdefs = 0, soname = UINT64_MAX;
	int ret;

	dynamic = at(elf, segment->p_offset, count, sizeof(*dynamic), _Alignof(ElfW(Dyn)));
	if (!dynamic)
		return broken(elf, "dynamic section outside the file");
	for (i = 0; i < count && dynamic[i].d_tag != DT_NULL; i++) {
		uint64_t value = dynamic[i].d_un.d_val;

		switch (dynamic[i].d_tag) {
		case DT_HASH:		hash = value; break;
		case DT_SYMTAB:		symtab = value; break;
		case DT_STRTAB:		strtab = value; break;
		case DT_STRSZ:		elf->strings_size = value; break;
		case DT_VERSYM:		versym = value; break;
		case DT_VERDEF:		verdef = value; break;
		case DT_VERDEFNUM:	verdefs = value; break;
		case DT_SONAME:		soname = value; break;
		case DT_RELSZ:	/* RISC-V's linker writes a table without entries */
		case DT_RELASZ:
			if (!value)
				break;
			return broken(elf, "has relocations");
		case DT_JMPREL:
		case DT_TEXTREL:
		case DT_NEEDED:		return broken(elf, "needs a dynamic linker");
		default:		break;
		}
	}
	elf->strings = at(elf, strtab, elf->strings_size, 1, 1);
	if (!strtab || !elf->strings || !elf->strings_size || elf->strings[elf->strings_size - 1])
		return broken(elf, "DT_STRTAB missing, outside the file or unterminated");
	ret = parse_symbols(elf, symtab, hash);
	if (ret)
		return ret;
	if (versym) {
		elf->versions = at(elf, versym, elf->symbol_count, sizeof(ElfW(Versym)),
				   _Alignof(ElfW(Versym)));
		if (!elf->versions)
			return broken(elf, "DT_VERSYM outside the file");
	}
	elf->soname = string(elf, soname);
	return parse_versions(elf, verdef, verdefs);
}

int fastvdso_elf_parse(struct fastvdso_elf *elf, const void *image, size_t size)
{
	const ElfW(Phdr) *dynamic = NULL;
	int ret, i;

	memset(elf, 0, sizeof(*elf));
	elf->base = image;
	elf->size = size;
	ret = parse_header(elf);
	if (ret)
		return ret;
	for (i = 0; i < elf->header->e_phnum; i++) {
		const ElfW(Phdr) *segment = &elf->segments[i];

		if (segment->p_type == PT_LOAD) {
			if (elf->load)
				return broken(elf, "more than one PT_LOAD segment");
			elf->load = segment;
		} else if (segment->p_type == PT_DYNAMIC) {
			dynamic = segment;
		} else if (segment->p_type == PT_NOTE) {
			parse_notes(elf, segment);
		}
	}
	if (!elf->load || elf->load->p_flags != (PF_R | PF_X) || elf->load->p_offset ||
	    elf->load->p_vaddr || elf->load->p_filesz != elf->load->p_memsz ||
	    elf->load->p_filesz > size)
		return broken(elf, "expected one PT_LOAD segment, read-execute, at offset 0, within the file");
	if (!dynamic)
		return broken(elf, "no dynamic section");
	return parse_dynamic(elf, dynamic);
}

int fastvdso_elf_symbol_at(const struct fastvdso_elf *elf, size_t index,
			   struct fastvdso_elf_symbol *symbol)
{
	const ElfW(Sym) *sym = &elf->symbols[index];
	unsigned int version;

	if (index >= elf->symbol_count)
		return -ENOENT;
	symbol->name = string(elf, sym->st_name);
	if (!symbol->name)
		return -ENOENT;
	version = elf->versions ? elf->versions[index] & 0x7fff : 0;
	symbol->version = version < FASTVDSO_ELF_VERSIONS && elf->version_names[version] ?
			  elf->version_names[version] : "";
	symbol->value = sym->st_value;
	symbol->size = sym->st_size;
	symbol->defined = sym->st_shndx != SHN_UNDEF;
	symbol->function = ELF64_ST_TYPE(sym->st_info) == STT_FUNC;
	symbol->weak = ELF64_ST_BIND(sym->st_info) == STB_WEAK;
	return 0;
}

void *fastvdso_elf_function(const struct fastvdso_elf *elf, const char *name,
			    const char *version)
{
	struct fastvdso_elf_symbol symbol;
	size_t i;

	for (i = 0; i < elf->symbol_count; i++) {
		if (fastvdso_elf_symbol_at(elf, i, &symbol))
			continue;
		if (!symbol.defined || !symbol.function || strcmp(symbol.name, name) != 0 ||
		    strcmp(symbol.version, version) != 0)
			continue;
		if (!symbol.size || symbol.value >= elf->load->p_filesz ||
		    symbol.size > elf->load->p_filesz - symbol.value)
			return NULL;
		return (void *)(elf->base + symbol.value);
	}
	return NULL;
}
