// SPDX-License-Identifier: GPL-2.0
/* The library against devices that refuse, lie, or are not there. */
#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "calls.h"
#include "kselftest_harness.h"

#define PAGE	4096
#define IMAGE	"build/blob/fastvdso.so"

/* What the device of a test says and does. */
static struct {
	int			open_error;
	int			info_error;
	int			mmap_error[4];	/* of the reservation, the hypervisor's page, data, code */
	int			maps;
	struct fastvdso_info	info;
	_Alignas(16) uint8_t	pages[16 * PAGE];
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
	int error = device.mmap_error[device.maps++];

	if (error) {
		errno = error;
		return MAP_FAILED;
	}
	return mmap(address, length, prot, flags, fd, offset);
}

static const struct fastvdso_os fake_os = {
	.open = fake_open, .info = fake_info, .mmap = fake_mmap, .page_size = PAGE,
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
	return fastvdso_map(&mapping, &fake_os, "/dev/fake", 0, &reason);
}

/* A device that is as it should be; each test then breaks one thing. */
FIXTURE(device)
{
	int unused;
};

FIXTURE_SETUP(device)
{
	uint8_t *code = device.pages + FASTVDSO_DATA_PAGES * PAGE;
	struct fastvdso_elf elf;
	ssize_t size;
	int fd = open(IMAGE, O_RDONLY);

	memset(&device, 0, sizeof(device));
	size = read(fd, code, 8 * PAGE);
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
	device.mmap_error[1] = ENODEV;
}

FIXTURE_TEARDOWN(device)
{
}

#define EXPECT_REFUSED(error, why) do {			\
	EXPECT_EQ(error, map());			\
	EXPECT_EQ(FASTVDSO_REASON_##why, reason);	\
	EXPECT_EQ(NULL, mapping.base);			\
} while (0)

TEST_F(device, a_good_device_is_mapped_and_its_functions_run)
{
	struct fastvdso_calls calls;
	struct timespec ts;
	char line[256], perms[8];
	int found = 0;
	FILE *maps;

	time_page()->raw[0].real_coarse_sec = 77;
	time_page()->raw[0].real_coarse_nsec = 5;
	ASSERT_EQ(0, map());
	ASSERT_EQ(0, fastvdso_find_calls(&calls, &mapping.elf));
	EXPECT_EQ(0, calls.clock_gettime(CLOCK_REALTIME_COARSE, &ts));
	EXPECT_EQ(77, ts.tv_sec);
	EXPECT_EQ(5, ts.tv_nsec);
	/* Nothing writable, and only the code executable. */
	maps = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx %7s", &start, &end, perms) != 3 ||
		    start < (unsigned long)mapping.base ||
		    end > (unsigned long)mapping.base + mapping.length)
			continue;
		found++;
		EXPECT_STREQ(start == (unsigned long)mapping.base ? "r--s" : "r-xs", perms);
	}
	fclose(maps);
	EXPECT_EQ(2, found);
	fastvdso_unmap(&mapping);
}

TEST_F(device, every_refusal_has_its_reason)
{
	device.open_error = -ENOENT;
	EXPECT_REFUSED(-ENOENT, NO_DEVICE);
	device.open_error = -ENODEV;
	EXPECT_REFUSED(-ENODEV, NO_DEVICE);
	device.open_error = -ENXIO;
	EXPECT_REFUSED(-ENXIO, NO_DEVICE);
	device.open_error = -EACCES;
	EXPECT_REFUSED(-EACCES, NO_ACCESS);
	device.open_error = -EPERM;
	EXPECT_REFUSED(-EPERM, NO_ACCESS);
	device.open_error = -EMFILE;
	EXPECT_REFUSED(-EMFILE, NO_MEMORY);
	device.open_error = 0;
	device.info_error = -ENOTTY;
	EXPECT_REFUSED(-ENOTTY, NO_DEVICE);
	device.info_error = -EACCES;
	EXPECT_REFUSED(-EACCES, NO_ACCESS);
	device.info_error = 0;
	device.mmap_error[0] = ENOMEM;
	EXPECT_REFUSED(-ENOMEM, NO_MEMORY);
	device.mmap_error[0] = 0;
	device.mmap_error[2] = EACCES;
	EXPECT_REFUSED(-EACCES, NO_EXEC);
	device.mmap_error[2] = ENODEV;
	EXPECT_REFUSED(-ENODEV, NO_DEVICE);
	device.mmap_error[2] = 0;
	device.mmap_error[3] = EPERM;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.mmap_error[3] = EACCES;
	EXPECT_REFUSED(-EACCES, NO_EXEC);
	device.mmap_error[3] = 0;
	EXPECT_EQ(0, map());
}

TEST_F(device, versions_that_are_not_spoken_are_refused)
{
	device.info.abi_version = 0;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	/* Newer, but says that it still serves us; the pages must say the same. */
	device.info.abi_version = 9;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	time_page()->version = ns()->version = 9;
	device.info.compat_version = 2;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	device.info.compat_version = 1;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
	time_page()->compat_version = 2;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	time_page()->compat_version = 1;
	time_page()->size = sizeof(struct fastvdso_time_page) - 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
}

TEST_F(device, sizes_that_make_no_sense_are_refused)
{
	const struct fastvdso_info good = device.info;

#define EXPECT_BAD(field, value) do {				\
	device.info = good;					\
	device.info.field = (value);				\
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);			\
} while (0)
	EXPECT_BAD(page_size, 0);
	EXPECT_BAD(page_size, 65536);
	EXPECT_BAD(data_pages, 0);
	EXPECT_BAD(data_pages, 1);
	EXPECT_BAD(data_pages, 0xffffffff);
	EXPECT_BAD(code_pages, 0);
	EXPECT_BAD(code_pages, 0x100000);
	EXPECT_BAD(image_size, 0);
	EXPECT_BAD(image_size, good.code_pages * PAGE + 1);
	EXPECT_BAD(image_size, 0xffffffff);
#undef EXPECT_BAD
	/* A page more of data, and the code is looked for a page too late. */
	device.info = good;
	device.info.data_pages++;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
}

TEST_F(device, pages_without_their_magic_are_refused)
{
	ns()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	ns()->magic--;
	time_page()->magic = 0;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
}

TEST_F(device, an_image_that_is_broken_or_another_is_refused)
{
	uint8_t *code = device.pages + FASTVDSO_DATA_PAGES * PAGE;

	device.info.build_id[0] ^= 1;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
	device.info.build_id[0] ^= 1;
	code[0] = 0;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
}

TEST_F(device, an_image_without_a_call_gives_no_calls)
{
	uint8_t *code = device.pages + FASTVDSO_DATA_PAGES * PAGE;
	struct fastvdso_calls calls;
	uint8_t *name = memmem(code, 8 * PAGE, "__fastvdso_now_ns", 17);

	ASSERT_NE(NULL, name);
	name[16] = 'x';
	ASSERT_EQ(0, map());
	EXPECT_EQ(-ENOEXEC, fastvdso_find_calls(&calls, &mapping.elf));
	fastvdso_unmap(&mapping);
}

TEST_F(device, no_descriptor_and_no_mapping_is_left_behind)
{
	int before = dup(0), after, i;

	close(before);
	for (i = 0; i < 100; i++) {
		device.info.build_id[0] = (uint8_t)i;
		if (!map())
			fastvdso_unmap(&mapping);
	}
	after = dup(0);
	close(after);
	EXPECT_EQ(before, after);
}

TEST(only_a_character_device_is_opened)
{
	EXPECT_EQ(-ENODEV, fastvdso_os.open(IMAGE));
	EXPECT_EQ(-ENODEV, fastvdso_os.open("/tmp"));
	EXPECT_EQ(-ENOENT, fastvdso_os.open("/dev/no-such-device"));
	EXPECT_EQ(-ENOTTY, fastvdso_map(&mapping, &fastvdso_os, "/dev/zero", 0, &reason));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason);
}

TEST_HARNESS_MAIN
