// SPDX-License-Identifier: GPL-2.0
/*
 * The installed image: one with the bytes of the device's is used always, another one if code may not be
 * mapped from the device.
 */
#define _GNU_SOURCE
#include "fake_device.h"

FIXTURE(installed_image)
{
	int unused;
};

FIXTURE_SETUP(installed_image)
{
	make_good_device(_metadata);
	device.installed = 1;
	device.mmap_error[CODE] = EPERM;
}

FIXTURE_TEARDOWN(installed_image)
{
}

TEST_F(installed_image, its_code_is_mapped_above_the_devices_data)
{
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_REASON_NONE, reason);
	EXPECT_STREQ("/installed", mapping.image.path);
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ((const uint8_t *)mapping.base + FASTVDSO_DATA_PAGES * PAGE, mapping.elf.base);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	EXPECT_EQ(2, mapping.area_count);
	EXPECT_EQ(MAP_PRIVATE | MAP_FIXED, mapping.areas[0].flags);
	EXPECT_EQ(MAP_SHARED | MAP_FIXED, mapping.areas[1].flags);
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(installed_image, it_is_not_used_if_the_device_maps_code)
{
	device.mmap_error[CODE] = 0;
	ASSERT_EQ(0, map());
	EXPECT_FALSE(mapping.is_installed);
	fastvdso_unmap(&mapping);
}

TEST_F(installed_image, an_image_of_another_build_is_used)
{
	device.info.build_id[0] ^= 1;
	ASSERT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(installed_image, an_image_with_fewer_data_pages_follows_them_directly)
{
	/* The device has two data pages more than the installed image knows. */
	device.info.data_pages = FASTVDSO_DATA_PAGES + 2;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ((const uint8_t *)mapping.base + FASTVDSO_DATA_PAGES * PAGE, mapping.elf.base);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(installed_image, an_incompatible_image_is_refused)
{
	device.installed_version = FASTVDSO_ABI_VERSION + 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.installed_version = 0;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.installed_version = FASTVDSO_ABI_VERSION;
	device.installed_data_pages = FASTVDSO_DATA_PAGES + 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.installed_data_pages = FASTVDSO_DATA_PAGES - 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.installed_data_pages = FASTVDSO_DATA_PAGES;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(installed_image, it_is_preferred_on_request_with_the_device_as_fallback)
{
	device.choice = FASTVDSO_CODE_INSTALLED;
	device.mmap_error[CODE] = 0;
	EXPECT_EQ(0, map());
	EXPECT_STREQ("/installed", mapping.image.path);
	fastvdso_unmap(&mapping);
	device.installed_version = 0;
	EXPECT_EQ(0, map());
	EXPECT_FALSE(mapping.is_installed);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	fastvdso_unmap(&mapping);
	device.installed = 0;
	EXPECT_EQ(0, map());
	EXPECT_FALSE(mapping.is_installed);
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(installed_image, the_same_code_is_mapped_from_a_file_if_there_is_one)
{
	device.same_installed = 1;
	device.mmap_error[CODE] = 0;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_REASON_NONE, reason);
	EXPECT_TRUE(mapping.is_installed && mapping.is_same);
	EXPECT_STREQ("/same", mapping.image.path);
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ((const uint8_t *)mapping.base + FASTVDSO_DATA_PAGES * PAGE, mapping.elf.base);
	EXPECT_EQ(0, memcmp(mapping.elf.base, device.pages + FASTVDSO_DATA_PAGES * PAGE,
			    device.info.image_size));
	EXPECT_EQ(MAP_PRIVATE | MAP_FIXED, mapping.areas[0].flags);
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
	device.choice = FASTVDSO_CODE_DEVICE;
	ASSERT_EQ(0, map());
	EXPECT_FALSE(mapping.is_installed);
	fastvdso_unmap(&mapping);
}

TEST_F(installed_image, a_file_that_differs_from_the_device_is_not_used)
{
	const size_t bytes[] = { 4, 1000, PAGE, device.info.image_size - 1 };
	size_t i;

	device.same_installed = 1;
	device.mmap_error[CODE] = 0;
	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		device.changed_byte = bytes[i];
		ASSERT_EQ(0, map());
		EXPECT_FALSE(mapping.is_installed);
		EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
		fastvdso_unmap(&mapping);
		EXPECT_EQ(0, pages_left());
	}
	device.changed_byte = 0;
	device.more_bytes = 1;
	ASSERT_EQ(0, map());
	EXPECT_FALSE(mapping.is_installed);
	fastvdso_unmap(&mapping);
}

TEST_F(installed_image, a_failed_step_leaves_no_mapping)
{
	int call;

	for (call = INSTALLED_ROOM; call < MAPS; call++) {
		if (call == INSTALLED_HYPERVISOR)
			continue;
		device.mmap_error[call] = EACCES;
		EXPECT_REFUSED(-EPERM, NO_EXEC);
		device.mmap_error[call] = 0;
	}
	time_page()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	time_page()->magic--;
	device.mmap_error[INSTALLED_HYPERVISOR] = 0;
	time_page()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	device.installed = 0;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
}

TEST_HARNESS_MAIN
