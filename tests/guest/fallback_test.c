// SPDX-License-Identifier: GPL-2.0
/* If open fails, the library reports the right reason, and its clocks are right. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel_ns.h"
#include "kselftest_harness.h"
#include "stock_names.h"

/* Each test mounts in a mount namespace of its own. */
FIXTURE(fallback)
{
	int unused;
};

FIXTURE_SETUP(fallback)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

FIXTURE_TEARDOWN(fallback)
{
}

/* Open, and return the reason of a failure with `error`; -1 on anything else or a wrong clock. */
static int open_and_get_reason(int error)
{
	struct fastvdso_status status;
	int64_t before;

	if (fastvdso_open() != error)
		return -1;
	before = libc_ns(CLOCK_MONOTONIC);
	if (before > fastvdso_now_ns(CLOCK_MONOTONIC) ||
	    fastvdso_now_ns(CLOCK_MONOTONIC) > libc_ns(CLOCK_MONOTONIC))
		return -1;
	if (fastvdso_status(&status, sizeof(status)) || status.mode != FASTVDSO_MODE_FALLBACK ||
	    status.image || status.error != -error)
		return -1;
	return (int)status.reason;
}

static int remount_dev_noexec(void)
{
	return mount("/dev", "/dev", NULL, MS_BIND | MS_REC, NULL) ||
	       mount(NULL, "/dev", NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC | MS_NOSUID, NULL);
}

/* Mount an empty /dev, with a node for the device unless `type` is 0. */
static int mount_dev(mode_t type, dev_t device)
{
	return mount("none", "/dev", "tmpfs", 0, "mode=0755") ||
	       (type && mknod(FASTVDSO_DEVICE, type, device));
}

TEST_F(fallback, open_fails_if_dev_is_noexec)
{
	ASSERT_EQ(0, remount_dev_noexec());
	ASSERT_EQ(0, mount("none", "/usr/lib/fastvdso", "tmpfs", 0, NULL));
	EXPECT_EQ(FASTVDSO_REASON_NO_EXEC, open_and_get_reason(-EPERM));
}

TEST_F(fallback, the_installed_image_is_used_if_dev_is_noexec)
{
	struct fastvdso_status status;

	ASSERT_EQ(0, remount_dev_noexec());
	EXPECT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	EXPECT_EQ(0, strncmp(status.code_from, "/usr/lib/fastvdso/", strlen("/usr/lib/fastvdso/")));
	EXPECT_LT(0, fastvdso_now_ns(CLOCK_MONOTONIC));
}

TEST_F(fallback, open_fails_without_a_device)
{
	ASSERT_EQ(0, mount_dev(0, 0));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, open_and_get_reason(-ENOENT));
}

TEST_F(fallback, open_fails_if_the_node_has_no_driver)
{
	ASSERT_EQ(0, mount_dev(S_IFCHR | 0444, makedev(10, 250)));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, open_and_get_reason(-ENODEV));
}

TEST_F(fallback, open_fails_on_another_device)
{
	ASSERT_EQ(0, mount_dev(S_IFCHR | 0444, makedev(1, 5)));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, open_and_get_reason(-ENOTTY));
}

TEST_F(fallback, open_fails_on_a_regular_file)
{
	ASSERT_EQ(0, mount_dev(S_IFREG | 0444, 0));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, open_and_get_reason(-ENODEV));
}

TEST_F(fallback, open_fails_without_read_permission)
{
	ASSERT_EQ(0, mount_dev(S_IFCHR, makedev(10, 250)));
	ASSERT_EQ(0, setgid(65534));
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(FASTVDSO_REASON_NO_ACCESS, open_and_get_reason(-EACCES));
}

TEST_F(fallback, open_fails_without_a_free_file_descriptor)
{
	struct rlimit none = { 0, 0 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(FASTVDSO_REASON_NO_MEMORY, open_and_get_reason(-EMFILE));
}

TEST_F(fallback, open_fails_without_address_space)
{
	struct rlimit little = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &little));
	EXPECT_EQ(FASTVDSO_REASON_NO_MEMORY, open_and_get_reason(-ENOMEM));
}

TEST_F(fallback, open_succeeds_after_a_failure)
{
	ASSERT_EQ(0, mount_dev(0, 0));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, open_and_get_reason(-ENOENT));
	ASSERT_EQ(0, umount("/dev"));
	EXPECT_EQ(0, fastvdso_open());
	EXPECT_NE(NULL, fastvdso_sym(STOCK_PREFIX "clock_gettime", STOCK_VERSION_NAME));
	fastvdso_close();
}

TEST_HARNESS_MAIN
