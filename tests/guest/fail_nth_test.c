// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation in turn, and each copy to or from user space, fails: while the module
 * loads, while a process opens, maps and touches the pages, while it forks. Every failure
 * is a clean error or no error at all, and afterwards all is as before.
 * tests/harness/run looks at what the kernel said meanwhile, and at what was leaked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fastvdso.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fail_nth.h"
#include "kernel_ns.h"
#include "kselftest_harness.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define MODULE		"/lib/modules/fastvdso.ko"

/* More chances to fail than any of the walks has; to see that they end. */
#define NTH_MAX		2000

static const char *parameters(void)
{
	const char *given = getenv("FASTVDSO_PARAMS");

	return given ? given : "";
}

static int load(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	int ret = syscall(SYS_finit_module, fd, parameters(), 0) ? -errno : 0;

	close(fd);
	return ret;
}

/* Load with the Nth failing; says whether it came to that. */
static int load_failing(int nth, int *failed)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), ret;

	arm(nth);
	ret = syscall(SYS_finit_module, fd, parameters(), 0) ? -errno : 0;
	*failed = disarm();
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "fastvdso", O_NONBLOCK) ? -errno : 0;
}

/* Do the library's clocks read what the kernel's do, whichever way they go? */
static int time_is_right(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!agrees(clocks[i]))
			return 0;
	return 1;
}

/* What the injected failures come back as. */
static int is_clean(int error)
{
	return error == -ENOMEM || error == -EFAULT || error == -EAGAIN;
}

FIXTURE(fail_nth)
{
	int unused;
};

FIXTURE_SETUP(fail_nth)
{
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fail_nth);
	ASSERT_EQ(0, set_up_injection());
	ASSERT_EQ(0, leave_rseq());
}

FIXTURE_TEARDOWN(fail_nth)
{
	close(fail_nth);
	aim(EVERYWHERE);
}

/* While the module's own init runs: what goes wrong before that is not ours. */
TEST_F_TIMEOUT(fail_nth, every_failure_while_loading_is_a_clean_error, 300)
{
	int nth, ret, failed = 1, refused = 0;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, aim_at_function("do_one_initcall"));
	for (nth = 1; nth < NTH_MAX; nth++) {
		ret = load_failing(nth, &failed);
		if (!failed)
			break;
		/* The kernel does without some of what it wanted: an event, a link. */
		if (!ret) {
			ASSERT_EQ(0, unload());
			continue;
		}
		refused++;
		EXPECT_TRUE(is_clean(ret)) {
			TH_LOG("failure %d comes back as %d", nth, ret);
		}
		ASSERT_EQ(-1, access(FASTVDSO_DEVICE, F_OK));
		ASSERT_EQ(-1, access("/sys/module/fastvdso", F_OK));
	}
	TH_LOG("%d chances to fail, %d made the load fail", nth - 1, refused);
	EXPECT_FALSE(failed);
	EXPECT_EQ(0, ret);
	/* The data pages, the code, the device. */
	EXPECT_LE(FASTVDSO_DATA_PAGES + 2, refused);
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_TRUE(time_is_right());
	fastvdso_close();
}

/*
 * kmemleak does not see whole pages. The first failures are those of the data pages, of
 * the code, and of the device. One page lost in each load would be 240 kB, each time; what
 * else goes on in the kernel is so much only now and then.
 */
#define LOST		150
#define ATTEMPTS	4

TEST_F_TIMEOUT(fail_nth, loads_that_fail_leave_no_page_behind, 600)
{
	int nth = 1, ret, failed, round, refused, attempt = 1;
	long before = 0, after;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, aim_at_function("do_one_initcall"));
	while (nth <= FASTVDSO_DATA_PAGES + 2) {
		/* Ten more at first, to fill caches. */
		for (round = -10, refused = 0; round < 60; round++) {
			if (!round)
				before = unexplained_memory();
			ret = load_failing(nth, &failed);
			refused += ret != 0;
			if (!ret)
				ASSERT_EQ(0, unload());
		}
		after = unexplained_memory();
		TH_LOG("failure %d: %d loads failed, %ld kB before, %ld kB after", nth, refused,
		       before, after);
		EXPECT_EQ(70, refused);
		if (after - before >= LOST && attempt++ < ATTEMPTS)
			continue;
		EXPECT_GT(LOST, after - before);
		attempt = 1;
		nth++;
	}
	ASSERT_EQ(0, load());
}

TEST_F_TIMEOUT(fail_nth, the_library_opens_or_says_why_not_and_the_time_is_right, 300)
{
	int nth, ret, failed = 1, refused = 0;

	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		arm(nth);
		ret = fastvdso_open();
		failed = disarm();
		ASSERT_TRUE(time_is_right());
		if (!ret) {
			fastvdso_close();
			continue;
		}
		refused++;
		/* What cannot be told to be a device is taken for none. */
		EXPECT_TRUE(is_clean(ret) || ret == -ENODEV) {
			TH_LOG("failure %d comes back as %d", nth, ret);
		}
	}
	TH_LOG("%d chances to fail, %d made the open fail", nth - 2, refused);
	EXPECT_FALSE(failed);
	EXPECT_EQ(0, ret);
	EXPECT_LE(3, refused);
}

/* Far from everything else: the tables on the way to the page have to be allocated too. */
#define FAR_AWAY	((void *)0x200000000000)

/*
 * Map the data, touch the pages while the Nth may fail. A fault that finds no
 * memory is tried again, by the processor itself: what is read is right, every time.
 * Says how many failed, or -1.
 */
static int walk_first_touch(int64_t mono_sec)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY | O_CLOEXEC), nth, failed = 1;
	size_t page = sysconf(_SC_PAGESIZE), size = FASTVDSO_DATA_PAGES * page;

	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		void *data = mmap(FAR_AWAY, size, PROT_READ, MAP_SHARED, fd, 0);
		const volatile struct fastvdso_ns_page *ns = data;
		const volatile struct fastvdso_time_page *time = data + page;
		int64_t sec;
		uint32_t magic;

		if (data == MAP_FAILED)
			return -1;
		arm(nth);
		sec = ns->mono_sec;
		magic = time->magic;
		failed = disarm();
		if (sec != mono_sec || magic != FASTVDSO_TIME_MAGIC || ns->magic != FASTVDSO_NS_MAGIC)
			return -1;
		munmap(data, size);
	}
	close(fd);
	return nth < NTH_MAX ? nth - 2 : -1;
}

TEST_F_TIMEOUT(fail_nth, a_first_touch_that_finds_no_memory_is_tried_again, 120)
{
	int chances = walk_first_touch(0);

	TH_LOG("%d chances to fail", chances);
	EXPECT_LE(1, chances);
	/* What everyone shares needs nothing of the module. */
	ASSERT_EQ(0, aim_at_module());
	EXPECT_EQ(0, walk_first_touch(0));
}

TEST_F_TIMEOUT(fail_nth, a_namespace_page_that_finds_no_memory_is_tried_again, 120)
{
	int status = -1, all, ours;
	pid_t pid;

	ASSERT_EQ(0, unshare(CLONE_NEWTIME));
	ASSERT_EQ(0, write_file("/proc/self/timens_offsets", "monotonic 1000 0\nboottime 2000 0\n"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
		all = walk_first_touch(1000);
		aim_at_module();
		ours = walk_first_touch(1000);
		TH_LOG("%d chances to fail, %d of them the module's", all, ours);
		_exit(!(all > ours && ours >= 1));
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F_TIMEOUT(fail_nth, a_fork_fails_or_the_child_reads_the_right_time, 300)
{
	int nth, error, failed = 1, refused = 0, status;
	pid_t pid;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_TRUE(time_is_right());
	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		arm(nth);
		pid = fork();
		if (!pid)
			_exit(!time_is_right());
		error = -errno;
		failed = disarm();
		ASSERT_TRUE(time_is_right());
		if (pid < 0) {
			refused++;
			EXPECT_TRUE(is_clean(error)) {
				TH_LOG("failure %d comes back as %d", nth, error);
			}
			continue;
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
	}
	TH_LOG("%d chances to fail, %d made the fork fail", nth - 2, refused);
	EXPECT_FALSE(failed);
	EXPECT_LE(1, refused);
	fastvdso_close();
}

/* One word for all of it where there is nothing to inject: not one for each test. */
int main(int argc, char **argv)
{
	if (have_injection())
		return test_harness_run(argc, argv);
	puts("TAP version 13\n1..1\nok 1 fail_nth # SKIP this kernel has no fault injection");
	return 0;
}
