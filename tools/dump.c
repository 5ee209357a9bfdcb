// SPDX-License-Identifier: GPL-2.0
#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_reader.h"

#define IMAGE_MAX	(1u << 20)

/* Read a file to its end, since a device has no size. The caller frees the result. */
static void *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rbe");
	size_t room = 4096, got;
	char *bytes = malloc(room), *more;

	*size = 0;
	if (!file || !bytes)
		goto err_free;
	while ((got = fread(bytes + *size, 1, room - *size, file)) > 0) {
		*size += got;
		if (*size == IMAGE_MAX) {
			errno = EFBIG;
			goto err_free;
		}
		if (*size < room)
			continue;
		more = realloc(bytes, room *= 2);
		if (!more)
			goto err_free;
		bytes = more;
	}
	if (ferror(file))
		goto err_free;
	fclose(file);
	return bytes;

err_free:
	fprintf(stderr, "fastvdso dump: %s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	free(bytes);
	return NULL;
}

static void print_json(const struct fastvdso_elf *elf, const char *build_id)
{
	struct fastvdso_elf_symbol symbol;
	size_t i;

	json_open(NULL, '{');
	json_int("size", (int64_t)elf->size);
	json_int("load_size", (int64_t)elf->load->p_memsz);
	json_int("machine", elf->header->e_machine);
	json_string("soname", elf->soname ? elf->soname : "");
	json_string("build_id", build_id);
	json_open("symbols", '[');
	for (i = 0; i < elf->symbol_count; i++) {
		if (fastvdso_elf_symbol_at(elf, i, &symbol) || !symbol.function)
			continue;
		json_open(NULL, '{');
		json_string("name", symbol.name);
		json_string("version", symbol.version);
		json_int("offset", (int64_t)symbol.value);
		json_int("size", (int64_t)symbol.size);
		json_int("weak", symbol.weak);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static void print_text(const struct fastvdso_elf *elf, const char *build_id)
{
	struct fastvdso_elf_symbol symbol;
	size_t i;

	printf("file       %zu bytes\n", elf->size);
	printf("loaded     %zu bytes, read-execute\n", (size_t)elf->load->p_memsz);
	printf("soname     ");
	print_escaped(elf->soname ? elf->soname : "none");
	printf("\nbuild-id   %s\n\n", *build_id ? build_id : "none");
	printf("%8s %6s  %-6s %-13s %s\n", "offset", "size", "", "version", "function");
	for (i = 0; i < elf->symbol_count; i++) {
		if (fastvdso_elf_symbol_at(elf, i, &symbol) || !symbol.function)
			continue;
		printf("%#8zx %6zu  %-6s ", symbol.value, symbol.size, symbol.weak ? "weak" : "");
		print_escaped(symbol.version);
		printf("%*s", strlen(symbol.version) < 14 ? 14 - (int)strlen(symbol.version) : 1, "");
		print_escaped(symbol.name);
		putchar('\n');
	}
}

int cmd_dump(int argc, char **argv)
{
	char build_id[2 * 64 + 1] = "";
	struct fastvdso_elf elf;
	void *image;
	size_t size;
	struct options given;
	int operand = parse_options(argc, argv, 1, "dump [--json] IMAGE", &given);

	if (operand < 0)
		return EXIT_USAGE;
	image = read_all(argv[operand], &size);
	if (!image)
		return EXIT_BROKEN;
	if (fastvdso_elf_parse(&elf, image, size)) {
		fprintf(stderr, "fastvdso dump: %s: not an image: %s\n", argv[operand], elf.problem);
		free(image);
		return EXIT_BROKEN;
	}
	if (elf.build_id && elf.build_id_size <= 64)
		hex(build_id, elf.build_id, elf.build_id_size);
	if (given.json)
		print_json(&elf, build_id);
	else
		print_text(&elf, build_id);
	free(image);
	return EXIT_FAST;
}
