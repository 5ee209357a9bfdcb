// SPDX-License-Identifier: GPL-2.0
/* What was mapped here, as orders for the stub. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "run.h"

static int add_file(struct stub_args *args, const char *path, uint32_t map_flags)
{
	struct stub_file *file = &args->files[args->file_count++];
	struct stat st;

	if (strlen(path) >= sizeof(file->path))
		return -ENAMETOOLONG;
	if (stat(path, &st))
		return -errno;
	strcpy(file->path, path);
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->map_flags = map_flags;
	return 0;
}

int run_plan(struct stub_args *args, const struct fastvdso_mapping *mapping,
	     const struct run_options *options)
{
	const char *room = (const char *)mapping->base - mapping->below;
	unsigned int i;
	int ret;

	memset(args, 0, sizeof(*args));
	args->room = (uint32_t)(mapping->below + mapping->length);
	args->image_at = (uint32_t)((const char *)mapping->elf.base - room);
	args->required = options->require != 0;
	ret = add_file(args, FASTVDSO_DEVICE, MAP_SHARED | MAP_FIXED);
	if (ret)
		return ret;
	for (i = 0; i < mapping->area_count; i++) {
		const struct fastvdso_area *area = &mapping->areas[i];

		args->areas[i] = (struct stub_area){
			.at = (uint32_t)(area->address - room),
			.length = (uint32_t)area->length,
			.prot = (uint32_t)area->prot,
			.offset = (uint64_t)area->offset,
		};
		args->files[0].area_count++;
	}
	return 0;
}
