// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Let unwinders in the process find the image, as they find libc: the functions by which they ask libc for
 * an object's unwind table, with the image added. libgcc since GCC 12 calls _dl_find_object(), libunwind
 * and older libgcc call dl_iterate_phdr(). A signal handler may call both, so they take no lock: the image
 * is mapped by the constructor and stays.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

#include "open.h"
#include "preload.h"

#ifdef DLFO_STRUCT_HAS_EH_DBASE
static int (*next_find_object)(void *address, struct dl_find_object *result);
#endif
static int (*next_iterate)(int (*visit)(struct dl_phdr_info *info, size_t size, void *data), void *data);

/* Not only on the first call, which may be in a signal handler. */
__attribute__((__constructor__)) static void find_next(void)
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	next_find_object = (__typeof__(next_find_object))dlsym(RTLD_NEXT, "_dl_find_object");
#endif
	next_iterate = (__typeof__(next_iterate))dlsym(RTLD_NEXT, "dl_iterate_phdr");
}

/* The mapped image, or NULL. */
static const struct fastvdso_mapping *image(void)
{
	return __atomic_load_n(&fastvdso_state.open_count, __ATOMIC_ACQUIRE) ? &fastvdso_state.mapping : NULL;
}

static const char *name(const struct fastvdso_mapping *mapping)
{
	return mapping->is_installed ? mapping->image.path : mapping->elf.soname;
}

typedef int visit_object(struct dl_phdr_info *info, size_t size, void *data);

/* A caller's visit, and how often objects were loaded and unloaded: the same number in each visit. */
struct visits {
	visit_object		*visit;
	void			*data;
	struct dl_phdr_info	last;
};

static int visit_next(struct dl_phdr_info *info, size_t size, void *data)
{
	struct visits *visits = data;

	visits->last = *info;
	return visits->visit(info, size, visits->data);
}

EXPORT int dl_iterate_phdr(visit_object *visit, void *data)
{
	const struct fastvdso_mapping *mapping = image();
	struct visits visits = { .visit = visit, .data = data };
	int ret;

	if (!next_iterate)
		find_next();
	if (!next_iterate)
		return 0;
	ret = next_iterate(visit_next, &visits);
	if (ret || !mapping)
		return ret;
	visits.last.dlpi_addr = (ElfW(Addr))mapping->elf.base;
	visits.last.dlpi_name = name(mapping);
	visits.last.dlpi_phdr = mapping->elf.segments;
	visits.last.dlpi_phnum = mapping->elf.header->e_phnum;
	visits.last.dlpi_tls_modid = 0;
	visits.last.dlpi_tls_data = NULL;
	return visit(&visits.last, sizeof(visits.last), data);
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE

/* The contents of the first segment of a type, or NULL. */
static void *segment(const struct fastvdso_elf *elf, uint32_t type)
{
	int i;

	for (i = 0; i < elf->header->e_phnum; i++)
		if (elf->segments[i].p_type == type)
			return (void *)(elf->base + elf->segments[i].p_vaddr);
	return NULL;
}

EXPORT int _dl_find_object(void *address, struct dl_find_object *result)
{
	static struct link_map map;
	const struct fastvdso_mapping *mapping = image();
	const uint8_t *base;

	if (!next_find_object)
		find_next();
	if (next_find_object && !next_find_object(address, result))
		return 0;
	if (!mapping)
		return -1;
	base = mapping->elf.base;
	if ((const uint8_t *)address < base || (const uint8_t *)address >= base + mapping->elf.load->p_memsz)
		return -1;
	/* Not in the dynamic linker's list, but callers may read these fields. */
	map.l_addr = (ElfW(Addr))base;
	map.l_name = (char *)name(mapping);
	map.l_ld = segment(&mapping->elf, PT_DYNAMIC);
	*result = (struct dl_find_object){
		.dlfo_map_start = (void *)base,
		.dlfo_map_end = (void *)(base + mapping->elf.load->p_memsz),
		.dlfo_link_map = &map,
		.dlfo_eh_frame = segment(&mapping->elf, PT_GNU_EH_FRAME),
	};
	return result->dlfo_eh_frame ? 0 : -1;
}

#endif
