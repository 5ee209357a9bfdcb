// SPDX-License-Identifier: GPL-2.0
/* The library with devices that refuse, give wrong answers, or do not exist. */
#define _GNU_SOURCE
#include "fake_device.h"

FIXTURE(device)
{
	int unused;
};

FIXTURE_SETUP(device)
{
	make_good_device(_metadata);
}

FIXTURE_TEARDOWN(device)
{
}

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
	/* Nothing is writable, and only the code is executable. */
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
	EXPECT_EQ(0, pages_left());
}

TEST_F(device, map_flags_are_passed_in_the_data_offset)
{
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_OFFSET_DATA, device.data_offset);
	fastvdso_unmap(&mapping);
	device.map_flags = FASTVDSO_MAP_STEERED;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_OFFSET_DATA | FASTVDSO_MAP_STEERED, device.data_offset);
	fastvdso_unmap(&mapping);
}

TEST_F(device, the_hypervisors_page_is_mapped_below_the_data)
{
	int pages = 1 + FASTVDSO_DATA_PAGES + (int)device.info.code_pages;

	device.mmap_error[HYPERVISOR] = 0;
	device.map_flags = FASTVDSO_MAP_STEERED;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_OFFSET_DATA | FASTVDSO_MAP_STEERED | FASTVDSO_MAP_HYPERVISOR, device.data_offset);
	EXPECT_EQ(device.room + PAGE, mapping.base);
	EXPECT_EQ(PAGE, mapping.below);
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ(0, device.room[0]);
	EXPECT_EQ(pages, pages_left());
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
	/* Without a hypervisor's page nothing is mapped there, and the flag is not requested. */
	device.mmap_error[HYPERVISOR] = EACCES;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_OFFSET_DATA | FASTVDSO_MAP_STEERED, device.data_offset);
	EXPECT_EQ(0, mapping.below);
	EXPECT_EQ(pages - 1, pages_left());
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(device, a_refusal_unmaps_the_hypervisors_page)
{
	static const int errors[] = { EACCES, EPERM, ENODEV, ENOMEM, EINVAL };
	size_t i;

	device.mmap_error[HYPERVISOR] = 0;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int map_of;

		for (map_of = DATA; map_of <= CODE; map_of++) {
			device.mmap_error[map_of] = errors[i];
			EXPECT_EQ(-errors[i], map());
			EXPECT_EQ(map_of + 1, device.maps);
			EXPECT_EQ(0, pages_left());
			device.mmap_error[map_of] = 0;
		}
	}
	time_page()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	time_page()->magic--;
	device.info.build_id[0] ^= 1;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
	device.info.build_id[0] ^= 1;
	EXPECT_EQ(0, map());
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
	device.mmap_error[ROOM] = ENOMEM;
	EXPECT_REFUSED(-ENOMEM, NO_MEMORY);
	device.mmap_error[ROOM] = 0;
	device.mmap_error[DATA] = EACCES;
	EXPECT_REFUSED(-EACCES, NO_EXEC);
	device.mmap_error[DATA] = ENODEV;
	EXPECT_REFUSED(-ENODEV, NO_DEVICE);
	device.mmap_error[DATA] = 0;
	device.mmap_error[CODE] = EPERM;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.mmap_error[CODE] = EACCES;
	EXPECT_REFUSED(-EACCES, NO_EXEC);
	device.mmap_error[CODE] = 0;
	device.no_vdso = 1;
	EXPECT_REFUSED(-EOPNOTSUPP, NO_VDSO);
	device.no_vdso = 0;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(device, unsupported_versions_are_refused)
{
	device.info.abi_version = 0;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	/* Newer, but compatible with this version; the pages must agree. */
	device.info.abi_version = 9;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	time_page()->version = ns()->version = 9;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	steered_page()->version = 9;
	device.info.compat_version = FASTVDSO_ABI_VERSION + 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	device.info.compat_version = FASTVDSO_ABI_VERSION;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
	time_page()->compat_version = FASTVDSO_ABI_VERSION + 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	time_page()->compat_version = FASTVDSO_ABI_VERSION;
	time_page()->size = offsetof(struct fastvdso_time_page, steered_time) - 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	time_page()->size = sizeof(struct fastvdso_time_page) + 1;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
	/* One page is not accepted in place of the other. */
	steered_page()->compat_version = FASTVDSO_ABI_VERSION + 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
	steered_page()->compat_version = FASTVDSO_ABI_VERSION;
	steered_page()->size = offsetof(struct fastvdso_time_page, steered_time) - 1;
	EXPECT_REFUSED(-EPROTONOSUPPORT, VERSION);
}

TEST_F(device, impossible_sizes_are_refused)
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
	/* The image would look for the data one page too high. */
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
	time_page()->magic = FASTVDSO_TIME_MAGIC;
	steered_page()->magic = FASTVDSO_NS_MAGIC;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	steered_page()->magic = FASTVDSO_TIME_MAGIC;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(device, a_broken_or_wrong_image_is_refused)
{
	uint8_t *code = device.pages + FASTVDSO_DATA_PAGES * PAGE;

	device.info.build_id[0] ^= 1;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
	device.info.build_id[0] ^= 1;
	code[0] = 0;
	EXPECT_REFUSED(-ENOEXEC, BAD_IMAGE);
}

TEST_F(device, an_image_lacking_a_function_gives_no_calls)
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

TEST_F(device, no_descriptor_or_mapping_leaks)
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
