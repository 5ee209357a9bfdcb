// SPDX-License-Identifier: GPL-2.0
/* /dev/fastvdso: permissions, read() and ioctl(). */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "clocksource.h"
#include "elf_reader.h"
#include "mapping.h"
#include "sysfs.h"

FIXTURE(device)
{
	int fd;
};

FIXTURE_SETUP(device)
{
	self->fd = open(FASTVDSO_DEVICE, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
}

TEST_F(device, everyone_can_read_and_nobody_can_write)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0444, st.st_mode & 07777);
	/* The mode does not stop root; the device itself refuses. */
	EXPECT_ERRNO(EACCES, open(FASTVDSO_DEVICE, O_RDWR));
	EXPECT_ERRNO(EACCES, open(FASTVDSO_DEVICE, O_WRONLY));
	EXPECT_ERRNO(EBADF, write(self->fd, "x", 1));
}

TEST_F(device, an_unprivileged_user_can_open_it)
{
	ASSERT_EQ(0, setgid(65534));
	ASSERT_EQ(0, setuid(65534));
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_LT(0, fastvdso_now_ns(CLOCK_MONOTONIC));
	fastvdso_close();
}

TEST_F(device, info_describes_pages_image_and_clocksource)
{
	struct fastvdso_info info;
	char clocksource[64];

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, ioctl(self->fd, FASTVDSO_IOC_INFO, &info));
	EXPECT_EQ(FASTVDSO_ABI_VERSION, info.abi_version);
	EXPECT_EQ(FASTVDSO_ABI_COMPAT, info.compat_version);
	EXPECT_EQ(sysconf(_SC_PAGESIZE), info.page_size);
	EXPECT_EQ(FASTVDSO_DATA_PAGES, info.data_pages);
	EXPECT_EQ(lseek(self->fd, 0, SEEK_END), info.image_size);
	EXPECT_EQ((info.image_size + info.page_size - 1) / info.page_size, info.code_pages);
	ASSERT_EQ(0, read_line(CLOCKSOURCES "current_clocksource", clocksource, sizeof(clocksource)));
	EXPECT_STREQ(clocksource, info.clocksource);
	EXPECT_EQ(clock_mode_of(clocksource), info.clock_mode);
	if (info.clock_mode != FASTVDSO_CLOCK_NONE) {
		EXPECT_EQ(FASTVDSO_MODE_EXACT, info.mode);
	} else {
		/* A process of an earlier test may have just unmapped it. */
		EXPECT_EQ(info.steering == FASTVDSO_STEERING_ACTIVE, info.mode == FASTVDSO_MODE_STEERED);
		EXPECT_NE(FASTVDSO_STEERING_NONE, info.steering);
	}
}

TEST_F(device, info_accepts_shorter_and_longer_structures)
{
	uint8_t bytes[512];
	struct fastvdso_info info;
	size_t i;

	ASSERT_EQ(0, ioctl(self->fd, FASTVDSO_IOC_INFO, &info));
	memset(bytes, 0xa5, sizeof(bytes));
	ASSERT_EQ(0, ioctl(self->fd, _IOC(_IOC_READ, FASTVDSO_IOC_MAGIC, 0, 8), bytes));
	EXPECT_EQ(0, memcmp(bytes, &info, 8));
	EXPECT_EQ(0xa5, bytes[8]);
	ASSERT_EQ(0, ioctl(self->fd, _IOC(_IOC_READ, FASTVDSO_IOC_MAGIC, 0, 256), bytes));
	EXPECT_EQ(0, memcmp(bytes, &info, sizeof(info)));
	for (i = sizeof(info); i < 256; i++)
		EXPECT_EQ(0, bytes[i]);
	EXPECT_EQ(0xa5, bytes[256]);
}

TEST_F(device, invalid_ioctls_are_rejected)
{
	struct fastvdso_info info;

	EXPECT_ERRNO(EFAULT, ioctl(self->fd, FASTVDSO_IOC_INFO, (void *)8));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, FASTVDSO_IOC_INFO, (void *)-4096l));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(FASTVDSO_IOC_MAGIC, 0), &info));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOW(FASTVDSO_IOC_MAGIC, 0, info), &info));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOR(FASTVDSO_IOC_MAGIC, 1, info), &info));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOR(0x77, 0, info), &info));
}

TEST_F(device, read_returns_the_mapped_image)
{
	struct fastvdso_status status;
	static uint8_t image[1 << 16];
	struct fastvdso_elf elf;
	ssize_t size, got;

	/* In pieces of an odd size. */
	for (size = 0; (got = read(self->fd, image + size, 777)) > 0; size += got)
		;
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	ASSERT_EQ(status.image_size, size);
	EXPECT_EQ(0, memcmp(image, status.image, (size_t)size));
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, image, (size_t)size));
	EXPECT_EQ(0, memcmp(elf.build_id, status.build_id, sizeof(status.build_id)));
	fastvdso_close();

	EXPECT_EQ(0, pread(self->fd, image, 10, size));
	EXPECT_EQ(1, pread(self->fd, image, 10, size - 1));
	EXPECT_EQ(0, pread(self->fd, image, 10, 1ll << 40));
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_ERRNO(EFAULT, syscall(SYS_pread64, self->fd, 8l, 10, 0));
}

/* Linux 6.11; not in every libc's headers. */
struct map_query {
	uint64_t	size, query_flags, query_addr, vma_start, vma_end, vma_flags, vma_page_size;
	uint64_t	vma_offset, inode;
	uint32_t	dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t	vma_name_addr, build_id_addr;
};

TEST_F(device, the_kernel_reads_the_build_id_of_a_mapping)
{
	uint8_t build_id[20] = "";
	struct map_query query = {
		.size = sizeof(query),
		.build_id_size = sizeof(build_id), .build_id_addr = (uintptr_t)build_id,
	};
	struct fastvdso_status status;
	int maps = open("/proc/self/maps", O_RDONLY), ret;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	query.query_addr = (uintptr_t)status.image;
	ret = ioctl(maps, _IOWR('f', 17, struct map_query), &query);
	close(maps);
	fastvdso_close();
	if (ret && errno == ENOTTY)
		SKIP(return, "this kernel has no PROCMAP_QUERY");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(sizeof(build_id), query.build_id_size);
	EXPECT_EQ(0, memcmp(build_id, status.build_id, sizeof(build_id)));
	EXPECT_NE(0, system("dmesg | grep -q 'kernel read not supported'"));
}

TEST_HARNESS_MAIN
