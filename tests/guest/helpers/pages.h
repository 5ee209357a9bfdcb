/* SPDX-License-Identifier: GPL-2.0 */
/* Map the pages of the device, and compare them with what they were. */
#ifndef FASTVDSO_PAGES_H
#define FASTVDSO_PAGES_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fastvdso.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mseal
#define SYS_mseal	462
#endif

#define PAGE	4096
#define DATA	(FASTVDSO_DATA_PAGES * PAGE)
#define DATA_AT	((off_t)FASTVDSO_OFFSET_DATA)
#define HEADER	24	/* of a time page: constant fields */

/* The pages and the device as they were when remember_pages() was called. */
struct remembered {
	struct fastvdso_info info;
	size_t code_size;
	uint8_t image[1 << 16];
	uint8_t headers[3][HEADER];
};

static inline void *map_at(int fd, size_t length, int prot, int flags, off_t offset)
{
	return mmap(NULL, length, prot, flags, fd, offset);
}

static inline int remember_pages(struct remembered *to)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), i;
	const uint8_t *data = map_at(fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);

	if (fd < 0 || data == MAP_FAILED || ioctl(fd, FASTVDSO_IOC_INFO, &to->info))
		return -errno;
	to->code_size = to->info.code_pages * PAGE;
	if (read(fd, to->image, sizeof(to->image)) != to->info.image_size)
		return -EIO;
	for (i = 0; i < 3; i++)
		memcpy(to->headers[i], data + i * PAGE, HEADER);
	munmap((void *)data, DATA);
	close(fd);
	return 0;
}

/* The number of pages that differ as a process would now map them, or -1 if they cannot be mapped. */
static inline int count_changed_pages(const struct remembered *from)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), changed = -1, i;
	uint8_t *data = map_at(fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);
	uint8_t *code = map_at(fd, from->code_size, PROT_READ | PROT_EXEC, MAP_SHARED, 0);

	if (data != MAP_FAILED && code != MAP_FAILED) {
		changed = memcmp(from->image, code, from->info.image_size) != 0;
		for (i = 0; i < 3; i++)
			changed += memcmp(from->headers[i], data + i * PAGE, HEADER) != 0;
	}
	if (data != MAP_FAILED)
		munmap(data, DATA);
	if (code != MAP_FAILED)
		munmap(code, from->code_size);
	close(fd);
	return changed;
}

#endif
