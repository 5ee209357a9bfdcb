// SPDX-License-Identifier: GPL-2.0
/* A process reads the clocks of its own time namespace, inherited mapping or not. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "fast_reads.h"
#include "kselftest_harness.h"
#include "unprivileged.h"

#define ROUNDS	1000

/*
 * The whole program runs as nobody, in a memory cgroup and a user namespace. The programs that it
 * executes are there already; they check their clocks and exit.
 */
static __attribute__((constructor)) void start(void)
{
	if (getenv("NAMESPACE_CHECK"))
		_exit(fastvdso_open() ? 1 : count_wrong_reads(ROUNDS) ? 3 : 0);
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

#define YEARS_AHEAD	"monotonic 100000000 500000000\nboottime 200000000 999999999\n"
#define BEHIND		"monotonic -2 500000000\nboottime -2 1\n"

FIXTURE_VARIANT_ADD(namespace, years_ahead_mapping_inherited) { YEARS_AHEAD, .open_before = 1 };
FIXTURE_VARIANT_ADD(namespace, years_ahead_mapped_inside) { YEARS_AHEAD, .open_before = 0 };
FIXTURE_VARIANT_ADD(namespace, behind_mapping_inherited) { BEHIND, .open_before = 1 };
FIXTURE_VARIANT_ADD(namespace, behind_mapped_inside) { BEHIND, .open_before = 0 };

FIXTURE_SETUP(namespace)
{
	if (variant->open_before) {
		ASSERT_EQ(0, fastvdso_open());
		/* Fault the pages in, in the root namespace. */
		ASSERT_EQ(0, count_wrong_reads(ROUNDS));
	}
	ASSERT_EQ(0, unshare_time(variant->offsets));
}

FIXTURE_TEARDOWN(namespace)
{
}

TEST_F(namespace, a_child_reads_the_clocks_of_its_namespace)
{
	int64_t outside = kernel_ns(CLOCK_MONOTONIC);
	pid_t pid = fork();

	if (!pid) {
		if (fastvdso_open())
			_exit(1);
		/* Without an offset the test would show nothing. */
		if (llabs(kernel_ns(CLOCK_MONOTONIC) - outside) < 400000000)
			_exit(2);
		if (count_wrong_reads(ROUNDS))
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_child(pid));
	/* The parent stays in the root namespace. */
	if (variant->open_before)
		EXPECT_EQ(0, count_wrong_reads(ROUNDS));
}

TEST_F(namespace, an_executed_program_reads_the_clocks_of_its_namespace)
{
	pid_t pid = fork();

	if (!pid)
		_exit(execute_check());
	EXPECT_EQ(0, wait_for_child(pid));
}

/* Some kernels enter the namespace at exec, others only at fork. */
TEST(exec_without_fork_reads_the_clocks_of_the_current_namespace)
{
	pid_t pid = fork();

	if (!pid) {
		if (unshare_time("monotonic 5000 0\nboottime 7000 0\n"))
			_exit(5);
		_exit(execute_check());
	}
	EXPECT_EQ(0, wait_for_child(pid));
}

/* The library does not notice setns(): the caller has to refresh. */
TEST(refresh_after_setns_switches_to_the_new_namespace)
{
	int fd;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, count_wrong_reads(ROUNDS));
	ASSERT_EQ(0, unshare_time("monotonic 100000 500000000\nboottime 200000 1\n"));
	fd = open("/proc/self/ns/time_for_children", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setns(fd, CLONE_NEWTIME));
	/* As documented, the offsets are still those of the old namespace. */
	EXPECT_NE(0, count_wrong_reads(ROUNDS));
	ASSERT_EQ(0, fastvdso_refresh());
	EXPECT_EQ(0, count_wrong_reads(ROUNDS));
	/* A refresh has to work on locked memory too. */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_EQ(0, fastvdso_refresh());
	EXPECT_EQ(0, count_wrong_reads(ROUNDS));
	close(fd);
}

TEST_HARNESS_MAIN
