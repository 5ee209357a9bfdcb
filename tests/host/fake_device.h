/* SPDX-License-Identifier: GPL-2.0 */
/* A fake device for the library to map, with every answer set by the test. */
#ifndef FASTVDSO_FAKE_DEVICE_H
#define FASTVDSO_FAKE_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "calls.h"
#include "kselftest_harness.h"
#include "map.h"

#define PAGE	4096
#define CODE_PAGES	24	/* of an image, at most */
#define IMAGE	"build/blob/fastvdso.so"

/* The library's mmap() calls, in order; INSTALLED_* if the device refuses to map code. */
enum {
	ROOM, HYPERVISOR, DATA, CODE,
	INSTALLED_ROOM, INSTALLED_CODE, INSTALLED_HYPERVISOR, INSTALLED_DATA, MAPS
};

/* The device's answers, and what the library asked for. */
static struct {
	int			open_error;
	int			info_error;
	int			mmap_error[MAPS];
	int			maps;
	off_t			data_offset;	/* of the library's mmap() of data */
	uint64_t		map_flags;
	char			*room;		/* the range that the library reserved */
	size_t			room_length;
	int			no_vdso;
	int			installed;	/* an installed image exists, whose note says: */
	uint32_t		installed_version, installed_data_pages;
	int			same_installed;	/* so does one with the code of the device, but for this byte: */
	size_t			changed_byte;	/* 0: none */
	size_t			more_bytes;
	enum fastvdso_code_choice choice;
	struct fastvdso_info	info;
	uint8_t			pages[(FASTVDSO_DATA_PAGES + CODE_PAGES) * PAGE] __attribute__((aligned(16)));
} device;

static int fake_open(const char *path)
{
	int fd;

	(void)path;
	if (device.open_error)
		return device.open_error;
	fd = memfd_create("device", 0);
	if (write(fd, device.pages, sizeof(device.pages)) != sizeof(device.pages))
		return -EIO;
	return fd;
}

static int fake_info(int fd, struct fastvdso_info *info)
{
	(void)fd;
	*info = device.info;
	return device.info_error;
}

static void *fake_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	int map, error;
	void *mapped;

	/* The installed image was preferred and refused: the library starts again with the device. */
	if (!address && device.maps > INSTALLED_ROOM)
		device.maps = ROOM;
	map = device.maps++;
	error = device.mmap_error[map];
	if (error) {
		/* Like the kernel: except for permission errors, the old mapping is already gone. */
		if (address && error != EACCES && error != EPERM)
			munmap(address, length);
		errno = error;
		return MAP_FAILED;
	}
	if (map == HYPERVISOR || map == INSTALLED_HYPERVISOR)
		return (uint64_t)offset != FASTVDSO_OFFSET_HYPERVISOR ? MAP_FAILED :
		       mmap(address, length, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (map == DATA || map == INSTALLED_DATA) {
		device.data_offset = offset;
		offset = (offset & ~(off_t)FASTVDSO_MAP_REQUESTS) - (off_t)FASTVDSO_OFFSET_DATA;
	}
	if (map == CODE)
		offset += FASTVDSO_DATA_PAGES * PAGE;
	mapped = mmap(address, length, prot, flags, fd, offset);
	if (map == ROOM || map == INSTALLED_ROOM) {
		device.room = mapped;
		device.room_length = length;
	}
	return mapped;
}

static int make_installed(struct fastvdso_image_file *file, const char *path, const uint8_t *image,
			  size_t size)
{
	int fd = memfd_create("installed", 0);

	strcpy(file->path, path);
	device.maps = INSTALLED_ROOM;
	if (write(fd, image, size) != (ssize_t)size || fstat(fd, &file->stat))
		return -EIO;
	return fd;
}

static ssize_t fake_pread(int fd, void *buffer, size_t size, off_t offset)
{
	/* As many as it likes. */
	return pread(fd, buffer, size > 1000 ? 1000 : size, offset + FASTVDSO_DATA_PAGES * PAGE);
}

/* The code of the device; or the built image, with the note of an older or newer one. */
static int fake_open_installed(struct fastvdso_image_file *file, const uint32_t *variant)
{
	uint8_t image[CODE_PAGES * PAGE] = { 0 };
	struct fastvdso_elf elf;
	ssize_t size;
	size_t i;
	int from;

	if (variant) {
		if (!device.same_installed || *variant != device.info.variant)
			return -ENOENT;
		memcpy(image, device.pages + FASTVDSO_DATA_PAGES * PAGE, device.info.image_size);
		if (device.changed_byte)
			image[device.changed_byte] ^= 1;
		return make_installed(file, "/same", image, device.info.image_size + device.more_bytes);
	}
	if (!device.installed)
		return -ENOENT;
	from = open(IMAGE, O_RDONLY);
	size = read(from, image, sizeof(image));
	close(from);
	if (fastvdso_elf_parse(&elf, image, (size_t)size))
		return -EIO;
	for (i = 0; i + 20 < (size_t)size; i += 4)
		if (!memcmp(image + i, "fastvdso ", 9))
			sprintf((char *)image + i, "fastvdso %u %u", device.installed_version % 10,
				device.installed_data_pages % 100);
	return make_installed(file, "/installed", image, (size_t)size);
}

/* How many pages of the reserved range are mapped. */
static int pages_left(void)
{
	int left = 0;
	size_t at;

	for (at = 0; at < device.room_length; at += PAGE)
		left += !msync(device.room + at, PAGE, MS_ASYNC);
	return left;
}

static int fake_has_vdso(void)
{
	return !device.no_vdso;
}

static enum fastvdso_code_choice fake_choice(void)
{
	return device.choice;
}

static const struct fastvdso_os fake_os = {
	.has_vdso = fake_has_vdso, .open = fake_open, .info = fake_info, .mmap = fake_mmap,
	.pread = fake_pread, .open_installed_image = fake_open_installed, .code_choice = fake_choice,
	.page_size = PAGE,
};

static struct fastvdso_ns_page *ns(void)
{
	return (void *)(device.pages + FASTVDSO_PAGE_NS * PAGE);
}

static struct fastvdso_time_page *time_page(void)
{
	return (void *)(device.pages + FASTVDSO_PAGE_TIME * PAGE);
}

static struct fastvdso_time_page *steered_page(void)
{
	return (void *)(device.pages + FASTVDSO_PAGE_STEERED * PAGE);
}

static struct fastvdso_mapping mapping;
static enum fastvdso_reason reason;

static int map(void)
{
	device.maps = 0;
	return fastvdso_map(&mapping, &fake_os, "/dev/fake", device.map_flags, &reason);
}

/* Make a correct device. Each test then breaks one thing. */
static void make_good_device(struct __test_metadata *_metadata)
{
	uint8_t *code = device.pages + FASTVDSO_DATA_PAGES * PAGE;
	struct fastvdso_elf elf;
	ssize_t size;
	int fd = open(IMAGE, O_RDONLY);

	memset(&device, 0, sizeof(device));
	size = read(fd, code, sizeof(device.pages) - FASTVDSO_DATA_PAGES * PAGE);
	ASSERT_LT(0, size);
	close(fd);
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, code, (size_t)size));
	device.info.abi_version = FASTVDSO_ABI_VERSION;
	device.info.compat_version = FASTVDSO_ABI_COMPAT;
	device.info.page_size = PAGE;
	device.info.data_pages = FASTVDSO_DATA_PAGES;
	device.info.code_pages = ((uint32_t)size + PAGE - 1) / PAGE;
	device.info.image_size = (uint32_t)size;
	memcpy(device.info.build_id, elf.build_id, FASTVDSO_BUILD_ID_LEN);
	ns()->magic = FASTVDSO_NS_MAGIC;
	ns()->version = FASTVDSO_ABI_VERSION;
	time_page()->magic = FASTVDSO_TIME_MAGIC;
	time_page()->version = FASTVDSO_ABI_VERSION;
	time_page()->compat_version = FASTVDSO_ABI_COMPAT;
	time_page()->size = sizeof(struct fastvdso_time_page);
	*steered_page() = *time_page();
	device.mmap_error[HYPERVISOR] = device.mmap_error[INSTALLED_HYPERVISOR] = ENODEV;
	device.installed_version = FASTVDSO_ABI_VERSION;
	device.installed_data_pages = FASTVDSO_DATA_PAGES;
}

#define EXPECT_REFUSED(error, why) do {			\
	EXPECT_EQ(error, map());			\
	EXPECT_EQ(FASTVDSO_REASON_##why, reason);	\
	EXPECT_EQ(NULL, mapping.base);			\
	EXPECT_EQ(0, pages_left());			\
} while (0)

#endif
