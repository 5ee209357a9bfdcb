/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Open, map and check the device; internal to the library. */
#ifndef FASTVDSO_MAP_H
#define FASTVDSO_MAP_H

#include <sys/stat.h>
#include <sys/types.h>

#include "elf_reader.h"
#include "fastvdso.h"

/* An installed image: a regular file with the code. */
struct fastvdso_image_file {
	char		path[64];
	struct stat	stat;		/* as it was when the file was opened */
};

/* Where to map the code from. */
enum fastvdso_code_choice {
	FASTVDSO_CODE_SAME,		/* an installed image with the bytes of the device's, or the device */
	FASTVDSO_CODE_INSTALLED,	/* an installed image that works with the module, or the device */
	FASTVDSO_CODE_DEVICE,
};

/* The system interfaces that mapping uses; tests replace them. */
struct fastvdso_os {
	int	(*open)(const char *path);	/* open a character device: fd, or -errno */
	int	(*has_vdso)(void);
	int	(*is_recorded)(void);
	int	(*info)(int fd, struct fastvdso_info *info);	/* 0, or -errno */
	void	*(*mmap)(void *address, size_t length, int prot, int flags, int fd, off_t offset);
	ssize_t	(*pread)(int fd, void *buffer, size_t size, off_t offset);	/* of the device */
	int	(*open_installed_image)(struct fastvdso_image_file *file, const uint32_t *variant);
	enum fastvdso_code_choice (*code_choice)(void);
	long	page_size;			/* 0: that of the running system */
};

extern const struct fastvdso_os fastvdso_os;

/*
 * Open an installed image: the variant of this number, which the device may have too, or the image
 * as built if NULL. Opens only files that root alone can write or, in a user namespace, that cannot
 * be written from inside it. Returns a descriptor, with *file filled, or -errno.
 */
int fastvdso_open_installed_image(struct fastvdso_image_file *file, const uint32_t *variant);

/* From FASTVDSO_CODE, "twin" or "device", in the environment. */
enum fastvdso_code_choice fastvdso_code_choice(void);

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
	int				is_installed;	/* the code is mapped from `image`, not the device */
	int				is_same;	/* it has the bytes of the device's, if it is installed */
	struct fastvdso_image_file	image;
	struct stat			device;
	struct fastvdso_info		info;		/* describes what is mapped */
	struct fastvdso_elf		elf;		/* elf.base is the code */
};

/* Flags: FASTVDSO_MAP_STEERED or 0. Returns 0, or -errno with *reason set. */
int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t flags, enum fastvdso_reason *reason);
void fastvdso_unmap(struct fastvdso_mapping *mapping);

#endif
