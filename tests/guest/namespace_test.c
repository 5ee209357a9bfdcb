// SPDX-License-Identifier: GPL-2.0
/* Time namespaces: the clocks of whoever reads them, however the mapping came about. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "kernel_ns.h"
#include "kselftest_harness.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
				    CLOCK_BOOTTIME, CLOCK_REALTIME, CLOCK_TAI };

/* How many of the clocks are not between two system calls here. */
static int disagreeing(void)
{
	int wrong = 0, round;
	size_t i;

	for (round = 0; round < 1000; round++)
		for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
			int64_t before = kernel_ns(clocks[i]), ours = fastvdso_now_ns(clocks[i]);

			wrong += before > ours || ours > kernel_ns(clocks[i]);
		}
	return wrong;
}

static int write_offsets(const char *offsets)
{
	int fd = open("/proc/self/timens_offsets", O_WRONLY), ret;

	if (fd < 0)
		return -1;
	ret = write(fd, offsets, strlen(offsets)) == (ssize_t)strlen(offsets) ? 0 : -1;
	close(fd);
	return ret;
}

FIXTURE(namespace)
{
	int unused;
};

FIXTURE_VARIANT(namespace)
{
	const char *offsets;
	int open_before;
};

FIXTURE_VARIANT_ADD(namespace, years_ahead_mapping_inherited)
{
	.offsets = "monotonic 100000000 500000000\nboottime 200000000 999999999\n", .open_before = 1,
};

FIXTURE_VARIANT_ADD(namespace, years_ahead_mapped_inside)
{
	.offsets = "monotonic 100000000 500000000\nboottime 200000000 999999999\n", .open_before = 0,
};

FIXTURE_VARIANT_ADD(namespace, behind_mapping_inherited)
{
	.offsets = "monotonic -1 500000000\nboottime -1 1\n", .open_before = 1,
};

FIXTURE_VARIANT_ADD(namespace, behind_mapped_inside)
{
	.offsets = "monotonic -1 500000000\nboottime -1 1\n", .open_before = 0,
};

FIXTURE_SETUP(namespace)
{
	if (variant->open_before) {
		ASSERT_EQ(0, fastvdso_open());
		/* Touched here, in the root namespace, before the child is there. */
		ASSERT_EQ(0, disagreeing());
	}
	ASSERT_EQ(0, unshare(CLONE_NEWTIME));
	ASSERT_EQ(0, write_offsets(variant->offsets));
}

FIXTURE_TEARDOWN(namespace)
{
}

TEST_F(namespace, a_child_reads_the_clocks_of_its_namespace)
{
	int64_t outside = kernel_ns(CLOCK_MONOTONIC);
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (fastvdso_open())
			_exit(1);
		/* The namespace is another one, or the test shows nothing. */
		if (llabs(kernel_ns(CLOCK_MONOTONIC) - outside) < 400000000)
			_exit(2);
		if (disagreeing())
			_exit(3);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	/* We ourselves stay where we were. */
	if (variant->open_before)
		EXPECT_EQ(0, disagreeing());
}

TEST_HARNESS_MAIN
