/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's arguments, on the program's stack: the launcher's memory is gone when the stub runs. */
#ifndef FASTVDSO_STUB_H
#define FASTVDSO_STUB_H

#include <stdint.h>

/* A file to map. The stub opens it by path, and requires that it is the file that was checked. */
struct stub_file {
	char		path[64];
	uint64_t	device;		/* st_dev, st_ino */
	uint64_t	inode;
	int64_t		size;		/* st_size, st_mtim: others if it was overwritten in place */
	int64_t		mtime;
	int64_t		mtime_nsec;
	uint32_t	area_count;	/* takes that many from stub_args.areas, in order */
	uint32_t	map_flags;
	uint32_t	has_stand_in;	/* the next file: mapped only if this one cannot be */
	uint32_t	reserved;
};

struct stub_area {
	uint64_t	offset;		/* in the file */
	uint32_t	at;		/* offset in the reserved range */
	uint32_t	length;
	uint32_t	prot;
	uint32_t	reserved;
};

#define STUB_STOCK	6		/* FASTVDSO_STOCK_COUNT */
#define STUB_FILES	3
#define STUB_AREAS	4
#define STUB_MESSAGE	"fastvdso run: the image could not be mapped: started without it\n"
#define STUB_REQUIRED	125	/* exit status */

/*
 * struct prctl_mm_map of 64-bit kernels. They take the same one from 32-bit programs, in whose headers it has a
 * shorter pointer.
 */
struct stub_mm_map {
	uint64_t		start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
	uint64_t		arg_start, arg_end, env_start, env_end;
	uint64_t		auxv;
	uint32_t		auxv_size;
	uint32_t		exe_fd;
};

struct stub_args {
	uint64_t		stack;		/* initial stack pointer of the program */
	uint64_t		entry;		/* entry point of the program */
	uint64_t		image_address;	/* where to write the image's address */
	uint64_t		mm_map;		/* argument of PR_SET_MM_MAP, or 0 */
	uint64_t		stock[STUB_STOCK];	/* contents of struct fastvdso_stock_page */
	uint32_t		room;		/* bytes to reserve for all areas and that page, the last */
	uint32_t		stock_at;	/* offset of that page in the reserved range */
	uint32_t		image_at;	/* offset of the image */
	int32_t			helper;		/* child to reap, or 0 */
	uint8_t			file_count;
	uint8_t			required;	/* on failure, exit with STUB_REQUIRED */
	uint8_t			quiet;		/* on failure, print nothing */
	uint8_t			reserved[5];
	struct stub_area	areas[STUB_AREAS];
	struct stub_file	files[STUB_FILES];
};

#endif
