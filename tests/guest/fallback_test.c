// SPDX-License-Identifier: GPL-2.0
/* The library in a real kernel that refuses: each refusal has its reason, and the time is right. */
#define _GNU_SOURCE
#include <errno.h>
#include <fastvdso.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kselftest_harness.h"

/* A mount namespace of our own, so that nothing stays. */
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

static int64_t libc_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* The reason for which opening fails with `error`; -1 if it does not, or the time is wrong. */
static int reason_of(int error)
{
	struct fastvdso_status status;
	int64_t before;

	if (fastvdso_open() != error)
		return -1;
	before = libc_ns();
	if (before > fastvdso_now_ns(CLOCK_MONOTONIC) || fastvdso_now_ns(CLOCK_MONOTONIC) > libc_ns())
		return -1;
	if (fastvdso_status(&status, sizeof(status)) || status.mode != FASTVDSO_MODE_FALLBACK ||
	    status.image || status.error != -error)
		return -1;
	return (int)status.reason;
}

TEST_F(fallback, dev_is_mounted_noexec)
{
	ASSERT_EQ(0, mount("/dev", "/dev", NULL, MS_BIND | MS_REC, NULL));
	ASSERT_EQ(0, mount(NULL, "/dev", NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC | MS_NOSUID, NULL));
	ASSERT_EQ(0, mount("none", "/usr/lib/fastvdso", "tmpfs", 0, NULL));
	EXPECT_EQ(FASTVDSO_REASON_NO_EXEC, reason_of(-EPERM));
}

TEST_F(fallback, dev_is_mounted_noexec_and_there_is_the_twin)
{
	struct fastvdso_status status;

	ASSERT_EQ(0, mount("/dev", "/dev", NULL, MS_BIND | MS_REC, NULL));
	ASSERT_EQ(0, mount(NULL, "/dev", NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC | MS_NOSUID, NULL));
	EXPECT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	EXPECT_STREQ("/usr/lib/fastvdso/fastvdso.so", status.code_from);
	EXPECT_LT(0, fastvdso_now_ns(CLOCK_MONOTONIC));
}

TEST_F(fallback, there_is_no_device)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason_of(-ENOENT));
}

TEST_F(fallback, the_node_has_nothing_behind_it)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mknod(FASTVDSO_DEVICE, S_IFCHR | 0444, makedev(10, 250)));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason_of(-ENODEV));
}

TEST_F(fallback, the_node_is_another_device)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mknod(FASTVDSO_DEVICE, S_IFCHR | 0444, makedev(1, 5)));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason_of(-ENOTTY));
}

TEST_F(fallback, the_node_is_a_file)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mknod(FASTVDSO_DEVICE, S_IFREG | 0444, 0));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason_of(-ENODEV));
}

TEST_F(fallback, the_node_may_not_be_read)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, "mode=0755"));
	ASSERT_EQ(0, mknod(FASTVDSO_DEVICE, S_IFCHR, makedev(10, 250)));
	ASSERT_EQ(0, setgid(65534));
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(FASTVDSO_REASON_NO_ACCESS, reason_of(-EACCES));
}

TEST_F(fallback, there_is_no_file_descriptor_left)
{
	struct rlimit none = { 0, 0 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(FASTVDSO_REASON_NO_MEMORY, reason_of(-EMFILE));
}

TEST_F(fallback, there_is_no_room_in_the_address_space)
{
	struct rlimit little = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &little));
	EXPECT_EQ(FASTVDSO_REASON_NO_MEMORY, reason_of(-ENOMEM));
}

TEST_F(fallback, a_failure_is_not_for_ever)
{
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	EXPECT_EQ(FASTVDSO_REASON_NO_DEVICE, reason_of(-ENOENT));
	ASSERT_EQ(0, umount("/dev"));
	EXPECT_EQ(0, fastvdso_open());
	EXPECT_NE(NULL, fastvdso_sym("__vdso_time", "LINUX_2.6"));
	fastvdso_close();
}

TEST_HARNESS_MAIN
