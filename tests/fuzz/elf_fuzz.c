// SPDX-License-Identifier: GPL-2.0
/* The ELF reader on any file. */
#include "fuzz.h"

#include "elf_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fastvdso_elf_symbol symbol;
	struct fastvdso_elf elf;
	const uint8_t *code;
	size_t i;

	if (fastvdso_elf_parse(&elf, data, size)) {
		require(elf.problem != NULL);
		return 0;
	}
	require(fastvdso_elf_symbol_at(&elf, elf.symbol_count, &symbol));
	for (i = 0; i < elf.symbol_count; i++) {
		if (fastvdso_elf_symbol_at(&elf, i, &symbol))
			continue;
		require(strlen(symbol.name) <= FASTVDSO_ELF_NAME_MAX);
		require(strlen(symbol.version) <= FASTVDSO_ELF_NAME_MAX);
	}
	code = fastvdso_elf_function(&elf, "__vdso_getcpu", "LINUX_2.6");
	if (code)
		require(code >= data && code < data + size);
	for (i = 0; elf.build_id && i < elf.build_id_size; i++)
		use(elf.build_id[i]);
	if (elf.soname)
		require(strlen(elf.soname) <= FASTVDSO_ELF_NAME_MAX);
	return 0;
}
