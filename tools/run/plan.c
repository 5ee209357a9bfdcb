// SPDX-License-Identifier: GPL-2.0
/* Turn the launcher's own mapping into the arguments of the stub, which repeats it. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "run.h"

static struct stub_file *add_file(struct stub_args *args, const char *path)
{
	struct stub_file *file = &args->files[args->file_count];
	struct stat st;

	if (strlen(path) >= sizeof(file->path) || stat(path, &st))
		return NULL;
	args->file_count++;
	strcpy(file->path, path);
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->size = st.st_size;
	file->mtime = st.st_mtim.tv_sec;
	file->mtime_nsec = st.st_mtim.tv_nsec;
	return file;
}

/* Add a file, and the areas mapped from it: shared from the device, private from the installed image. */
static int add_areas(struct stub_args *args, const struct fastvdso_mapping *mapping,
		     const char *path, int sharing)
{
	const char *room = (const char *)mapping->base - mapping->below;
	struct stub_file *file = add_file(args, path);
	unsigned int i, n = args->files[0].area_count;

	if (!file)
		return -ENOENT;
	for (i = 0; i < mapping->area_count; i++) {
		const struct fastvdso_area *area = &mapping->areas[i];

		if (!(area->flags & sharing))
			continue;
		args->areas[n++] = (struct stub_area){
			.at = (uint32_t)(area->address - room),
			.length = (uint32_t)area->length,
			.prot = (uint32_t)area->prot,
			.offset = (uint64_t)area->offset,
		};
		if (area->address == mapping->base)
			args->areas[n - 1].offset |= FASTVDSO_MAP_STOCK;
		file->map_flags = (uint32_t)area->flags;
		file->area_count++;
	}
	return 0;
}

int run_plan(struct stub_args *args, const struct fastvdso_mapping *mapping,
	     const struct run_options *options)
{
	const char *room = (const char *)mapping->base - mapping->below;
	int ret;

	memset(args, 0, sizeof(*args));
	args->stock_at = (uint32_t)(mapping->below + mapping->length);
	args->room = args->stock_at + mapping->info.page_size;
	args->image_at = (uint32_t)((const char *)mapping->elf.base - room);
	args->required = options->require != 0;
	ret = add_areas(args, mapping, FASTVDSO_DEVICE, MAP_SHARED);
	if (!ret && mapping->installed_image)
		ret = add_areas(args, mapping, mapping->installed_image, MAP_PRIVATE);
	return ret;
}
