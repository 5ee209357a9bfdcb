// SPDX-License-Identifier: GPL-2.0
/*
 * Let each allocation and each user-space copy fail in turn while the module loads and while
 * a process opens, maps, touches the pages and forks. Each failure has to return an error or
 * have no effect, and leave nothing behind. tests/harness/run checks kernel warnings and kmemleak.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "fail_nth.h"
#include "fast_reads.h"
#include "kselftest_harness.h"
#include "process.h"

/* Pages that are allocated with the module; the others belong to a process. */
#define SHARED_PAGES	FASTVDSO_PAGE_CPU_TIME

#define MODULE		"/lib/modules/fastvdso.ko"

/* No test has this many calls that can fail. */
#define NTH_MAX		2000

static const char *parameters(void)
{
	const char *given = getenv("FASTVDSO_PARAMS");

	return given ? given : "";
}

/* Load, and let the Nth call fail unless nth is 0. *failed: whether it did. */
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

static int is_time_right(void)
{
	return !count_wrong_reads(1);
}

/* Is it an error that an injected failure may return? */
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
	ASSERT_EQ(0, unregister_rseq());
}

FIXTURE_TEARDOWN(fail_nth)
{
	close(fail_nth);
	aim(EVERYWHERE);
}

/* Only calls from the module's own init fail. */
TEST_F_TIMEOUT(fail_nth, a_failure_while_loading_returns_an_error_and_leaves_nothing, 300)
{
	int nth, ret, failed = 1, refused = 0;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, aim_at_function("do_one_initcall"));
	for (nth = 1; nth < NTH_MAX; nth++) {
		ret = load_failing(nth, &failed);
		if (!failed)
			break;
		/* The kernel loads a module without some optional parts. */
		if (!ret) {
			ASSERT_EQ(0, unload());
			continue;
		}
		refused++;
		EXPECT_TRUE(is_clean(ret)) {
			TH_LOG("failure %d returned %d", nth, ret);
		}
		ASSERT_EQ(-1, access(FASTVDSO_DEVICE, F_OK));
		ASSERT_EQ(-1, access("/sys/module/fastvdso", F_OK));
	}
	TH_LOG("%d calls failed, %d made the load fail", nth - 1, refused);
	EXPECT_FALSE(failed);
	EXPECT_EQ(0, ret);
	/* The data pages, the code, the device. */
	EXPECT_LE(SHARED_PAGES + 2, refused);
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_TRUE(is_time_right());
	fastvdso_close();
}

/*
 * kmemleak does not track whole pages. The first failures that make a load fail are those of the
 * data pages, of the code and of the device. A page leaked by each load would add up to 240 kB in
 * every attempt; other kernel activity uses that much only occasionally.
 *
 * The same call is not always the one of that number, because the kernel allocates another page whenever a
 * list of free objects is empty. So some loads succeed, which leak nothing: go on until enough have failed.
 */
#define MAX_LOST_KB	150
#define ATTEMPTS	4
#define ROUNDS		60
#define LOADS_MAX	120
#define WARM_UP		10

/* Let call @nth fail in load after load, until @wanted loads have failed. Returns how many did. */
static int fail_loads(int nth, int wanted, int loads)
{
	int failed, refused = 0;

	while (loads-- && refused < wanted) {
		if (load_failing(nth, &failed))
			refused++;
		else if (unload())
			abort();
	}
	return refused;
}

TEST_F_TIMEOUT(fail_nth, failed_loads_leak_no_pages, 600)
{
	int nth = 1, failed, refused, attempt = 1, compared = 0;
	long before, after;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, aim_at_function("do_one_initcall"));
	while (nth < NTH_MAX && compared < SHARED_PAGES + 2) {
		/* The first loads fill caches. */
		if (!fail_loads(nth, WARM_UP, WARM_UP)) {
			nth++;
			continue;
		}
		before = unexplained_memory();
		refused = fail_loads(nth, ROUNDS, LOADS_MAX);
		after = unexplained_memory();
		TH_LOG("failure %d: %d loads failed, %ld kB before, %ld kB after", nth, refused,
		       before, after);
		if (refused == ROUNDS) {
			if (after - before >= MAX_LOST_KB && attempt++ < ATTEMPTS)
				continue;
			EXPECT_GT(MAX_LOST_KB, after - before);
			compared++;
		}
		attempt = 1;
		nth++;
	}
	EXPECT_EQ(SHARED_PAGES + 2, compared);
	ASSERT_EQ(0, load_failing(0, &failed));
}

TEST_F_TIMEOUT(fail_nth, open_succeeds_or_returns_an_error_and_the_time_is_right, 300)
{
	int nth, ret, failed = 1, refused = 0;

	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		arm(nth);
		ret = fastvdso_open();
		failed = disarm();
		ASSERT_TRUE(is_time_right());
		if (!ret) {
			fastvdso_close();
			continue;
		}
		refused++;
		/* If fstat() fails, the library does not take the file for a device. */
		EXPECT_TRUE(is_clean(ret) || ret == -ENODEV) {
			TH_LOG("failure %d returned %d", nth, ret);
		}
	}
	TH_LOG("%d calls failed, %d made the open fail", nth - 2, refused);
	EXPECT_FALSE(failed);
	EXPECT_EQ(0, ret);
	EXPECT_LE(3, refused);
}

/* Far from other mappings, so that page tables have to be allocated too. */
#define FAR_AWAY	((void *)0x200000000000)

/*
 * Let each call fail in turn while the pages are touched for the first time. The CPU repeats
 * an access whose fault found no memory, so it has to read the right value in the end.
 * Returns the number of failures, or -1.
 */
static int fail_first_touch(int64_t mono_sec)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY | O_CLOEXEC), nth, failed = 1;
	size_t page = sysconf(_SC_PAGESIZE), size = FASTVDSO_DATA_PAGES * page;

	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		void *data = mmap(FAR_AWAY, size, PROT_READ, MAP_SHARED, fd, (off_t)FASTVDSO_OFFSET_DATA);
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

TEST_F_TIMEOUT(fail_nth, a_page_fault_without_memory_is_repeated, 120)
{
	int failures = fail_first_touch(0);

	TH_LOG("%d calls failed", failures);
	EXPECT_LE(1, failures);
	/* For the pages that all processes share, the module allocates nothing. */
	ASSERT_EQ(0, aim_at_module());
	EXPECT_EQ(0, fail_first_touch(0));
}

TEST_F_TIMEOUT(fail_nth, a_namespace_page_fault_without_memory_is_repeated, 120)
{
	int all, ours;
	pid_t pid;

	ASSERT_EQ(0, unshare_time("monotonic 1000 0\nboottime 2000 0\n"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
		all = fail_first_touch(1000);
		aim_at_module();
		ours = fail_first_touch(1000);
		TH_LOG("%d calls failed, %d of them in the module", all, ours);
		_exit(!(all > ours && ours >= 1));
	}
	EXPECT_EQ(0, wait_for_child(pid));
}

TEST_F_TIMEOUT(fail_nth, fork_fails_or_the_child_reads_the_right_time, 300)
{
	int nth, error, failed = 1, refused = 0;
	pid_t pid;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_TRUE(is_time_right());
	for (nth = 1; nth < NTH_MAX && failed; nth++) {
		arm(nth);
		pid = fork();
		if (!pid)
			_exit(!is_time_right());
		error = -errno;
		failed = disarm();
		ASSERT_TRUE(is_time_right());
		if (pid < 0) {
			refused++;
			EXPECT_TRUE(is_clean(error)) {
				TH_LOG("failure %d returned %d", nth, error);
			}
			continue;
		}
		ASSERT_EQ(0, wait_for_child(pid));
	}
	TH_LOG("%d calls failed, %d made the fork fail", nth - 2, refused);
	EXPECT_FALSE(failed);
	EXPECT_LE(1, refused);
	fastvdso_close();
}

/* Without fault injection, skip all tests as one. */
int main(int argc, char **argv)
{
	if (has_injection())
		return test_harness_run(argc, argv);
	puts("TAP version 13\n1..1\nok 1 fail_nth # SKIP this kernel has no fault injection");
	return 0;
}
