/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Open, map and check the device; internal to the library. */
#ifndef FASTVDSO_MAP_H
#define FASTVDSO_MAP_H

#include <sys/types.h>

#include "elf_reader.h"
#include "fastvdso.h"

/* The system interfaces that mapping uses; tests replace them. */
struct fastvdso_os {
	int	(*open)(const char *path);	/* open a character device: fd, or -errno */
	int	(*has_vdso)(void);
	int	(*is_recorded)(void);
	int	(*info)(int fd, struct fastvdso_info *info);	/* 0, or -errno */
	void	*(*mmap)(void *address, size_t length, int prot, int flags, int fd, off_t offset);
	int	(*open_installed_image)(const char **path);	/* fd, or -errno */
	int	(*prefers_installed_image)(void);
	long	page_size;			/* 0: that of the running system */
};

extern const struct fastvdso_os fastvdso_os;

/*
 * Open the installed image: a regular file with the same code as the device, used when code
 * may not be mapped from the device. Opens only files that root alone can write or, in a user
 * namespace, that cannot be written from inside it.
 */
int fastvdso_open_installed_image(const char **path);

/* FASTVDSO_CODE=twin: map the code from a file, because profilers look up functions by file. */
int fastvdso_prefers_installed_image(void);

/* The arguments of one mmap() call of a mapping, for repeating it in another process. */
struct fastvdso_area {
	char		*address;
	size_t		length;
	int		prot;
	int		flags;
	off_t		offset;
};

#define FASTVDSO_AREAS	3	/* at most: hypervisor page, data, code */

struct fastvdso_mapping {
	void				*base;		/* data, then code */
	size_t				length;
	const struct fastvdso_ns_page	*ns;
	const struct fastvdso_time_page	*time;
	const struct fastvdso_time_page	*steered;
	size_t				below;		/* bytes of the hypervisor page below base, or 0 */
	struct fastvdso_area		areas[FASTVDSO_AREAS];
	unsigned int			area_count;
	const char			*installed_image; /* the file that has the code; NULL: the device */
	struct fastvdso_info		info;		/* describes what is mapped */
	struct fastvdso_elf		elf;		/* elf.base is the code */
};

/* Flags: FASTVDSO_MAP_STEERED or 0. Returns 0, or -errno with *reason set. */
int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t flags, enum fastvdso_reason *reason);
void fastvdso_unmap(struct fastvdso_mapping *mapping);

#endif
