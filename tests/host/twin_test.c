// SPDX-License-Identifier: GPL-2.0
/* The twin of the image: where code may not be mapped from the device. */
#define _GNU_SOURCE
#include "fake_device.h"

FIXTURE(twin)
{
	int unused;
};

FIXTURE_SETUP(twin)
{
	make_good_device(_metadata);
	device.twin = 1;
	device.mmap_error[CODE] = EPERM;
}

FIXTURE_TEARDOWN(twin)
{
}

TEST_F(twin, code_from_the_twin_has_the_data_of_the_device_below_it)
{
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_REASON_NONE, reason);
	EXPECT_STREQ("/twin", mapping.installed_image);
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ((const uint8_t *)mapping.base + FASTVDSO_DATA_PAGES * PAGE, mapping.elf.base);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	EXPECT_EQ(2, mapping.area_count);
	EXPECT_EQ(MAP_PRIVATE | MAP_FIXED, mapping.areas[0].flags);
	EXPECT_EQ(MAP_SHARED | MAP_FIXED, mapping.areas[1].flags);
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(twin, it_is_not_asked_for_where_the_device_gives_code)
{
	device.mmap_error[CODE] = 0;
	ASSERT_EQ(0, map());
	EXPECT_EQ(NULL, mapping.installed_image);
	fastvdso_unmap(&mapping);
}

TEST_F(twin, one_of_another_build_serves)
{
	device.info.build_id[0] ^= 1;
	ASSERT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(twin, one_that_knows_of_fewer_pages_is_put_right_above_those)
{
	/* The device has two pages more than the twin, and the image, know of. */
	device.info.data_pages = FASTVDSO_DATA_PAGES + 2;
	ASSERT_EQ(0, map());
	EXPECT_EQ(FASTVDSO_NS_MAGIC, mapping.ns->magic);
	EXPECT_EQ((const uint8_t *)mapping.base + FASTVDSO_DATA_PAGES * PAGE, mapping.elf.base);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(twin, one_that_the_pages_do_not_serve_is_refused)
{
	device.twin_version = FASTVDSO_ABI_VERSION + 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.twin_version = 0;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.twin_version = FASTVDSO_ABI_VERSION;
	device.twin_data_pages = FASTVDSO_DATA_PAGES + 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.twin_data_pages = FASTVDSO_DATA_PAGES - 1;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
	device.twin_data_pages = FASTVDSO_DATA_PAGES;
	EXPECT_EQ(0, map());
	fastvdso_unmap(&mapping);
}

TEST_F(twin, it_serves_whoever_wants_it_and_the_device_where_it_does_not)
{
	device.wants_twin = 1;
	device.mmap_error[CODE] = 0;
	EXPECT_EQ(0, map());
	EXPECT_STREQ("/twin", mapping.installed_image);
	fastvdso_unmap(&mapping);
	device.twin_version = 0;
	EXPECT_EQ(0, map());
	EXPECT_EQ(NULL, mapping.installed_image);
	EXPECT_EQ(FASTVDSO_DATA_PAGES + mapping.info.code_pages, pages_left());
	fastvdso_unmap(&mapping);
	device.twin = 0;
	EXPECT_EQ(0, map());
	EXPECT_EQ(NULL, mapping.installed_image);
	fastvdso_unmap(&mapping);
	EXPECT_EQ(0, pages_left());
}

TEST_F(twin, refusals_on_the_way_leave_nothing_behind)
{
	int call;

	for (call = TWIN_ROOM; call < MAPS; call++) {
		if (call == TWIN_HYPERVISOR)
			continue;
		device.mmap_error[call] = EACCES;
		EXPECT_REFUSED(-EPERM, NO_EXEC);
		device.mmap_error[call] = 0;
	}
	time_page()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	time_page()->magic--;
	device.mmap_error[TWIN_HYPERVISOR] = 0;
	time_page()->magic++;
	EXPECT_REFUSED(-EPROTO, BAD_PAGES);
	device.twin = 0;
	EXPECT_REFUSED(-EPERM, NO_EXEC);
}

TEST_HARNESS_MAIN
