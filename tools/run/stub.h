/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the launcher tells the code that it puts into a program: by value, since the
 * code runs where nothing of the launcher is any more.
 */
#ifndef FASTVDSO_STUB_H
#define FASTVDSO_STUB_H

#include <stdint.h>

/* A file that is mapped from: opened by its path, and then the same file as was checked. */
struct stub_file {
	char		path[64];
	uint64_t	device;		/* st_dev, st_ino */
	uint64_t	inode;
	uint32_t	area_count;	/* of the areas, the next ones */
	uint32_t	map_flags;
};

struct stub_area {
	uint64_t	offset;		/* into the file */
	uint32_t	at;		/* into the room */
	uint32_t	length;
	uint32_t	prot;
	uint32_t	reserved;
};

#define STUB_FILES	2
#define STUB_AREAS	3
#define STUB_MESSAGE	"fastvdso run: the image could not be mapped: started without it\n"
#define STUB_REQUIRED	125	/* exit status */

struct stub_args {
	uint64_t		stack;		/* of the program, where it starts */
	uint64_t		entry;		/* and its first instruction */
	uint64_t		image_address;	/* where to write the address of the image */
	uint64_t		mm_map;		/* what to tell the kernel then, or 0 */
	uint32_t		room;		/* bytes to reserve for all areas */
	uint32_t		image_at;	/* into the room */
	int32_t			helper;		/* a child to be waited for, or 0 */
	uint8_t			file_count;
	uint8_t			required;	/* failure ends the program */
	uint8_t			quiet;		/* failure is not worth a line */
	uint8_t			reserved;
	struct stub_area	areas[STUB_AREAS];
	struct stub_file	files[STUB_FILES];	/* those in use */
};

#endif
