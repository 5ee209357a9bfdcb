// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in the launched program before its first instruction: repeats the mapping that the launcher
 * has made and checked, writes the image's address to the auxiliary vector, and jumps to the
 * program. The stub needs no help from the launcher's helper, which can therefore die at any moment.
 *
 * Position-independent, without libc and without writable data.
 */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/wait.h>

#include "stub.h"
#include "stub_arch.h"

_Static_assert(__builtin_offsetof(struct stub_args, stack) == 0, "used by stub_entry");
_Static_assert(__builtin_offsetof(struct stub_args, entry) == 8, "used by stub_entry");

static inline long syscall4(long nr, long a, long b, long c, long d)
{
	return syscall6(nr, a, b, c, d, 0, 0);
}

static inline long syscall2(long nr, long a, long b)
{
	return syscall6(nr, a, b, 0, 0, 0, 0);
}

#define FAILED(result)	((unsigned long)(result) > -4096ul)

static inline int is_the_file(long fd, const struct stub_file *file)
{
	stub_stat st;

	if (syscall2(STUB_NR_fstat, fd, (long)&st))
		return 0;
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): the kernel filled it. */
	return st.st_dev == file->device && st.st_ino == file->inode && st.st_size == file->size &&
	       (int64_t)st.st_mtime == file->mtime && (int64_t)st.st_mtime_nsec == file->mtime_nsec;
}

/* Map all areas of a file into the reserved range. 0 or 1. */
static inline int map_file(const struct stub_file *file, const struct stub_area *area, long room)
{
	long fd = syscall4(__NR_openat, AT_FDCWD, (long)file->path,
			   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	int failed = !is_the_file(fd, file);
	uint32_t i;

	if (FAILED(fd))
		return 1;
	for (i = 0; !failed && i < file->area_count; i++, area++)
		failed = FAILED(stub_map(room + area->at, area->length, area->prot, file->map_flags, fd,
					 area->offset));
	syscall2(__NR_close, fd, 0);
	return failed;
}

/* Write the addresses of the stock vDSO's functions above the code. 0 or 1. */
static inline int fill_stock_page(const struct stub_args *args, long room)
{
	volatile uint64_t *page = (volatile uint64_t *)(room + args->stock_at);
	int i;

	for (i = 0; i < STUB_STOCK; i++)
		page[i] = args->stock[i];
	return FAILED(syscall4(__NR_mprotect, (long)page, args->room - args->stock_at, PROT_READ, 0));
}

static inline int map_files(const struct stub_args *args, long room)
{
	const struct stub_area *area = args->areas;
	int i, failed = 0;

	for (i = 0; i < args->file_count && !failed; i++) {
		failed = map_file(&args->files[i], area, room);
		area += args->files[i].area_count;
		if (!args->files[i].has_stand_in)
			continue;
		if (!failed)
			area += args->files[++i].area_count;
		failed = 0;
	}
	return failed;
}

static inline int map_all(const struct stub_args *args)
{
	long room = stub_map(0, args->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (FAILED(room))
		return 1;
	if (map_files(args, room) || fill_stock_page(args, room)) {
		syscall2(__NR_munmap, room, args->room);
		return 1;
	}
	*(unsigned long *)(uintptr_t)args->image_address = (unsigned long)room + args->image_at;
	/* For debuggers and core dumps only, so failure is ignored. */
	if (args->mm_map)
		syscall6(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, (long)args->mm_map,
			 sizeof(struct stub_mm_map), 0, 0);
	return 0;
}

/* Called by stub_entry of the architecture. */
__attribute__((__used__, visibility("hidden"))) void stub_main(const struct stub_args *args)
{
	static const char message[] = STUB_MESSAGE;
	int failed = map_all(args);

	if (failed && !args->quiet)
		syscall4(__NR_write, 2, (long)message, sizeof(message) - 1, 0);
	if (args->helper)
		syscall4(__NR_wait4, args->helper, 0, __WALL, 0);
	if (failed && args->required)
		syscall2(__NR_exit_group, STUB_REQUIRED, 0);
}
