// SPDX-License-Identifier: GPL-2.0
/* Time namespaces: the clocks of whoever reads them, however the mapping came about. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "unprivileged.h"
#include "kernel_ns.h"
#include "kselftest_harness.h"

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
				    CLOCK_BOOTTIME, CLOCK_REALTIME, CLOCK_TAI };

/* How many of the clocks are not between two system calls here, but for their bound. */
static int disagreeing(void)
{
	int wrong = 0, round;
	size_t i;

	for (round = 0; round < 1000; round++)
		for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
			wrong += !agrees(clocks[i]);
	return wrong;
}

/*
 * The whole program runs as nobody, in a memory cgroup and a user namespace. The programs that it
 * executes are there already; they check their clocks and exit.
 */
static __attribute__((constructor)) void start(void)
{
	if (getenv("NAMESPACE_CHECK"))
		_exit(fastvdso_open() ? 1 : disagreeing() ? 3 : 0);
	if (enter_memory_cgroup(NULL) || become_nobody() || enter_user_namespace()) {
		perror("namespace_test: cannot become an unprivileged user in a memory cgroup");
		_exit(1);
	}
}

static int execute_check(void)
{
	char *const argv[] = { "check", NULL }, *const env[] = { "NAMESPACE_CHECK=1", NULL };

	execve("/proc/self/exe", argv, env);
	return 4;
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
	.offsets = "monotonic -2 500000000\nboottime -2 1\n", .open_before = 1,
};

FIXTURE_VARIANT_ADD(namespace, behind_mapped_inside)
{
	.offsets = "monotonic -2 500000000\nboottime -2 1\n", .open_before = 0,
};

FIXTURE_SETUP(namespace)
{
	if (variant->open_before) {
		ASSERT_EQ(0, fastvdso_open());
		/* Touched here, in the root namespace, before the child is there. */
		ASSERT_EQ(0, disagreeing());
	}
	ASSERT_EQ(0, unshare_time(variant->offsets));
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

TEST_F(namespace, a_program_reads_the_clocks_of_its_namespace)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(execute_check());
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

/* Some kernels enter the namespace at exec: whichever it is in, the clocks are those. */
TEST(a_program_executed_without_a_fork_reads_its_clocks)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (unshare_time("monotonic 5000 0\nboottime 7000 0\n"))
			_exit(5);
		_exit(execute_check());
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

/* Nobody tells the library of setns(); whoever calls it does. */
TEST(after_setns_a_refresh_gives_the_clocks_of_the_new_namespace)
{
	int fd;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, disagreeing());
	ASSERT_EQ(0, unshare_time("monotonic 100000 500000000\nboottime 200000 1\n"));
	fd = open("/proc/self/ns/time_for_children", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setns(fd, CLONE_NEWTIME));
	/* As the manual says: the offsets are still those of before. */
	EXPECT_NE(0, disagreeing());
	ASSERT_EQ(0, fastvdso_refresh());
	EXPECT_EQ(0, disagreeing());
	/* And again when everything is locked into memory. */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_EQ(0, fastvdso_refresh());
	EXPECT_EQ(0, disagreeing());
	close(fd);
}

TEST_HARNESS_MAIN
