// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Runs at build time: from the image as built, make each variant that is installed.
 *
 *	variants IMAGE FOLDER
 *
 * Writes FOLDER/variant-HEX/fastvdso.so. The file name is the same for all, because profilers show it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "variant.h"

#define IMAGE_MAX	(64 * 4096)

static _Noreturn void fail(const char *path)
{
	fprintf(stderr, "variants: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void write_variant(const void *built, size_t size, const char *folder, __u32 variant)
{
	static char image[IMAGE_MAX], path[4096];
	FILE *to;

	memcpy(image, built, size);
	fastvdso_make_variant(image, variant);
	snprintf(path, sizeof(path), "%s/variant-%x", folder, variant);
	if (mkdir(path, 0755) && errno != EEXIST)
		fail(path);
	snprintf(path, sizeof(path), "%s/variant-%x/fastvdso.so", folder, variant);
	to = fopen(path, "wb");
	if (!to || fwrite(image, 1, size, to) != size || fclose(to))
		fail(path);
}

int main(int argc, char **argv)
{
	static const __u32 cpu[] = FASTVDSO_VARIANTS_OF_CPU, kernel[] = FASTVDSO_VARIANTS_OF_KERNEL;
	static char image[IMAGE_MAX];
	size_t size, i, j;
	FILE *from;

	if (argc != 3)
		return 2;
	from = fopen(argv[1], "rb");
	if (!from)
		fail(argv[1]);
	size = fread(image, 1, sizeof(image), from);
	if (ferror(from) || !feof(from))
		fail(argv[1]);
	for (i = 0; i < sizeof(cpu) / sizeof(cpu[0]); i++)
		for (j = 0; j < sizeof(kernel) / sizeof(kernel[0]); j++)
			write_variant(image, size, argv[2], cpu[i] | kernel[j]);
	return 0;
}
