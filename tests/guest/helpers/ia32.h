/* SPDX-License-Identifier: GPL-2.0 */
/* Map the pages into a 32-bit process, and find the functions of its image. libfastvdso is for 64-bit programs. */
#ifndef FASTVDSO_IA32_H
#define FASTVDSO_IA32_H

#include <elf.h>

#include "pages.h"

/* System calls of 64-bit time, and the structures of both. */
#define NR_gettime32	265
#define NR_gettime64	403
#define NR_settime64	404
#define NR_getres32	266
#define NR_getres64	406

struct timespec64 { int64_t sec, nsec; };
struct timeval64 { int64_t sec, usec; };
struct timespec32 { int32_t sec, nsec; };
struct timeval32 { int32_t sec, usec; };

/* The functions of the image, by their names without __vdso_ and __fastvdso_. */
struct functions {
	int (*gettime64)(int32_t id, struct timespec64 *ts);
	int (*gettime32)(int32_t id, struct timespec32 *ts);
	int (*gettimeofday32)(struct timeval32 *tv, void *tz);
	int32_t (*time32)(int32_t *t);
	int (*getres64)(int32_t id, struct timespec64 *res);
	int (*getres32)(int32_t id, struct timespec32 *res);
	long (*getcpu)(uint32_t *cpu, uint32_t *node, void *unused);
	int (*gettimeofday64)(struct timeval64 *tv, void *tz);
	int64_t (*time64)(int64_t *t);
	int64_t (*now_ns)(int32_t id);
	int64_t (*now_ns_unordered)(int32_t id);
	int64_t (*now_ns_bound)(int32_t id, uint64_t *bound);
	uint64_t (*ticks)(void);
	int64_t (*ticks_to_ns)(int32_t id, uint64_t ticks);
	int (*ns_to_ticks)(int32_t id, int64_t ns, uint64_t *ticks);
	int (*snapshot)(struct fastvdso_snapshot *snapshot);
	int (*counter_info)(struct fastvdso_counter_info *info);
	int (*cpu_times)(struct fastvdso_cpu_times *times);
	void (*time_info)(struct fastvdso_time_info *info);
};

static const char *const names[] = {
	"__vdso_clock_gettime64", "__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time",
	"__vdso_clock_getres_time64", "__vdso_clock_getres", "__vdso_getcpu", "__fastvdso_gettimeofday",
	"__fastvdso_time", "__fastvdso_now_ns", "__fastvdso_now_ns_unordered", "__fastvdso_now_ns_bound",
	"__fastvdso_ticks", "__fastvdso_ticks_to_ns", "__fastvdso_ns_to_ticks", "__fastvdso_snapshot",
	"__fastvdso_counter_info", "__fastvdso_cpu_times", "__fastvdso_time_info",
};

struct ia32_mapping {
	int fd;
	struct fastvdso_info info;
	uint8_t *data, *code;
	struct functions call;
};

static inline const struct fastvdso_time_page *ia32_page(const struct ia32_mapping *mapping, int index)
{
	return (const void *)(mapping->data + index * PAGE);
}

/* The image is the test's own, so it is not checked. */
static inline void *find_function(const uint8_t *image, const char *name)
{
	const Elf32_Ehdr *header = (const void *)image;
	const Elf32_Phdr *segment = (const void *)(image + header->e_phoff);
	const uint32_t *hash = NULL;
	const Elf32_Sym *symbols = NULL;
	const char *strings = NULL;
	const Elf32_Dyn *entry;
	uint32_t i;

	while (segment->p_type != PT_DYNAMIC)
		segment++;
	for (entry = (const void *)(image + segment->p_vaddr); entry->d_tag != DT_NULL; entry++) {
		const uint8_t *at = image + entry->d_un.d_ptr;

		if (entry->d_tag == DT_HASH)
			hash = (const void *)at;
		else if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)at;
		else if (entry->d_tag == DT_STRTAB)
			strings = (const void *)at;
	}
	for (i = 1; i < hash[1]; i++)
		if (!strcmp(strings + symbols[i].st_name, name))
			return (void *)(image + symbols[i].st_value);
	return NULL;
}

/* With the hypervisor's page, if there is one, below the data. Returns 0 or -errno. */
static inline int map_ia32(struct ia32_mapping *to)
{
	off_t at = DATA_AT | FASTVDSO_MAP_STEERED;
	size_t i, code_size;
	uint8_t *room;

	to->fd = open(FASTVDSO_DEVICE, O_RDONLY | O_CLOEXEC);
	if (to->fd < 0 || ioctl(to->fd, FASTVDSO_IOC_INFO, &to->info))
		return -errno;
	code_size = to->info.code_pages * PAGE;
	room = mmap(NULL, PAGE + DATA + code_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return -errno;
	to->data = room + PAGE;
	to->code = to->data + DATA;
	if (mmap(room, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, to->fd, FASTVDSO_OFFSET_HYPERVISOR) == room)
		at |= FASTVDSO_MAP_HYPERVISOR;
	if (mmap(to->data, DATA, PROT_READ, MAP_SHARED | MAP_FIXED, to->fd, at) == MAP_FAILED ||
	    mmap(to->code, code_size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, to->fd, 0) == MAP_FAILED)
		return -errno;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *function = find_function(to->code, names[i]);

		if (!function)
			return -ENOSYS;
		memcpy((uint8_t *)&to->call + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

#endif
