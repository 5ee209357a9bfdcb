// SPDX-License-Identifier: GPL-2.0
/*
 * Built for 64 and for 32 bits: pass an open device on to a program of the other kind.
 *
 *	inherited CLASS FD		exit with 0 if all calls on the device are about an image of this ELF class
 *	inherited CLASS PROGRAM		open the device, and run PROGRAM CLASS FD
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "pages.h"

static int check(int fd, int class)
{
	uint8_t header[EI_NIDENT], *mapped;
	struct fastvdso_info info;

	if (pread(fd, header, sizeof(header), 0) != sizeof(header) || header[EI_CLASS] != class)
		return 2;
	if (ioctl(fd, FASTVDSO_IOC_INFO, &info) || info.image_size != lseek(fd, 0, SEEK_END))
		return 3;
	mapped = map_at(fd, info.code_pages * PAGE, PROT_READ, MAP_SHARED, 0);
	if (mapped == MAP_FAILED || mapped[EI_CLASS] != class)
		return 4;
	/* One page more is past the end. */
	if (map_at(fd, (info.code_pages + 1) * PAGE, PROT_READ, MAP_SHARED, 0) != MAP_FAILED)
		return 5;
	return 0;
}

int main(int argc, char **argv)
{
	char number[16];
	int fd;

	if (argc != 3)
		return 1;
	fd = atoi(argv[2]);
	if (fd)
		return check(fd, atoi(argv[1]));
	fd = open(FASTVDSO_DEVICE, O_RDONLY);
	snprintf(number, sizeof(number), "%d", fd);
	execl(argv[2], argv[2], argv[1], number, NULL);
	return 1;
}
