/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Open, check and map; inside the library. */
#ifndef FASTVDSO_MAP_H
#define FASTVDSO_MAP_H

#include <sys/types.h>

#include "elf_reader.h"
#include "fastvdso.h"

/* The system calls that mapping makes. Tests put others in their place. */
struct fastvdso_os {
	int	(*open)(const char *path);	/* a character device: fd, or -errno */
	int	(*has_vdso)(void);
	int	(*info)(int fd, struct fastvdso_info *info);	/* 0 or -errno */
	void	*(*mmap)(void *address, size_t length, int prot, int flags, int fd, off_t offset);
	int	(*open_installed_image)(const char **path);	/* the twin of the image: fd, or -errno */
	int	(*prefers_installed_image)(void);		/* whether code is to be from there all the same */
	long	page_size;
};

extern const struct fastvdso_os fastvdso_os;

/*
 * The installed twin of the image: an ordinary file with the same code, for where code
 * may not be mapped from the device. Only if none but root, or in a user namespace those
 * outside of it, can have written it.
 */
int fastvdso_open_installed_image(const char **path);

/* FASTVDSO_CODE=twin: for profilers, which know functions by the file that they are from. */
int fastvdso_prefers_installed_image(void);

/* One call of mmap() that made a part of a mapping: whoever maps elsewhere repeats it. */
struct fastvdso_area {
	const char	*address;
	size_t		length;
	int		prot;
	int		flags;
	off_t		offset;
};

#define FASTVDSO_AREAS	3	/* at most: the hypervisor's page, data, code */

struct fastvdso_mapping {
	void				*base;		/* data, then code */
	size_t				length;
	const struct fastvdso_ns_page	*ns;
	const struct fastvdso_time_page	*time;
	const struct fastvdso_time_page	*steered;
	size_t				below;		/* bytes of the hypervisor's page, below base */
	struct fastvdso_area		areas[FASTVDSO_AREAS];
	unsigned int			area_count;
	const char			*installed_image;		/* where the code is from; NULL: the device */
	struct fastvdso_info		info;		/* of what is mapped */
	struct fastvdso_elf		elf;		/* elf.base is the code */
};

/* 0, or -errno with *reason set. Wishes: FASTVDSO_MAP_STEERED, or 0. */
int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t wishes, enum fastvdso_reason *reason);
void fastvdso_unmap(struct fastvdso_mapping *mapping);

#endif
