// SPDX-License-Identifier: GPL-2.0
/* Turn the launcher's own mapping into the arguments of the stub, which repeats it. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "run.h"

static struct stub_file *add_file(struct stub_args *args, const char *path, const struct stat *st)
{
	struct stub_file *file = &args->files[args->file_count++];

	_Static_assert(sizeof(file->path) == sizeof(((struct fastvdso_image_file *)0)->path), "copied");
	strcpy(file->path, path);
	file->device = st->st_dev;
	file->inode = st->st_ino;
	file->size = st->st_size;
	file->mtime = st->st_mtim.tv_sec;
	file->mtime_nsec = st->st_mtim.tv_nsec;
	return file;
}

static void add_area(struct stub_args *args, const struct fastvdso_mapping *mapping,
		     struct stub_file *file, const struct fastvdso_area *area)
{
	const char *room = (const char *)mapping->base - mapping->below;
	struct stub_area *to = args->areas;
	unsigned int i;

	for (i = 0; i < args->file_count; i++)
		to += args->files[i].area_count;
	*to = (struct stub_area){
		.at = (uint32_t)(area->address - room),
		.length = (uint32_t)area->length,
		.prot = (uint32_t)area->prot,
		.offset = (uint64_t)area->offset,
	};
	if (area->address == mapping->base)
		to->offset |= FASTVDSO_MAP_STOCK;
	file->map_flags = (uint32_t)area->flags;
	file->area_count++;
}

/* Add a file, and the areas mapped from it: shared from the device, private from the installed image. */
static struct stub_file *add_areas(struct stub_args *args, const struct fastvdso_mapping *mapping,
				   const char *path, const struct stat *st, int sharing)
{
	struct stub_file *file = add_file(args, path, st);
	unsigned int i;

	for (i = 0; i < mapping->area_count; i++)
		if (mapping->areas[i].flags & sharing)
			add_area(args, mapping, file, &mapping->areas[i]);
	return file;
}

/* Where the program does not have the installed image, the device has the same code. */
static void add_stand_in(struct stub_args *args, const struct fastvdso_mapping *mapping)
{
	struct fastvdso_area code = {
		.address = (char *)mapping->base + mapping->info.data_pages * mapping->info.page_size,
		.length = mapping->info.code_pages * mapping->info.page_size,
		.prot = PROT_READ | PROT_EXEC, .flags = MAP_SHARED | MAP_FIXED,
	};

	add_area(args, mapping, add_file(args, FASTVDSO_DEVICE, &mapping->device), &code);
}

void run_plan(struct stub_args *args, const struct fastvdso_mapping *mapping,
	      const struct run_options *options)
{
	const char *room = (const char *)mapping->base - mapping->below;
	struct stub_file *image;

	memset(args, 0, sizeof(*args));
	args->stock_at = (uint32_t)(mapping->below + mapping->length);
	args->room = args->stock_at + mapping->info.page_size;
	args->image_at = (uint32_t)((const char *)mapping->elf.base - room);
	args->required = options->require != 0;
	add_areas(args, mapping, FASTVDSO_DEVICE, &mapping->device, MAP_SHARED);
	if (!mapping->is_installed)
		return;
	image = add_areas(args, mapping, mapping->image.path, &mapping->image.stat, MAP_PRIVATE);
	image->has_stand_in = mapping->is_same != 0;
	if (mapping->is_same)
		add_stand_in(args, mapping);
}
