// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of namespace pages: charged to the user who touches them, given back, and harmless to the
 * page allocator. Runs as nobody in a memory cgroup, since charging does nothing in the root cgroup.
 */
#define _GNU_SOURCE
#include <linux/fastvdso.h>
#include <sys/mman.h>

#include "mapping.h"
#include "unprivileged.h"

#define MAPPINGS	4096
#define SIZE		(MAPPINGS * PAGE)

/* Exit codes of the child in the time namespace. */
enum { OK, NO_DEVICE, NO_MAPPING, WRONG_PAGE, NOT_CHARGED, NOT_UNCHARGED };

/* Map the namespace page and touch it. @at: where, or NULL. */
static const volatile struct fastvdso_ns_page *touch_page(int fd, void *at)
{
	const volatile struct fastvdso_ns_page *ns = mmap(at, PAGE, PROT_READ,
							  MAP_SHARED | (at ? MAP_FIXED : 0), fd,
							  (off_t)FASTVDSO_OFFSET_DATA);

	if (ns == MAP_FAILED || ns->magic != FASTVDSO_NS_MAGIC || ns->mono_sec != 1000)
		return NULL;
	return ns;
}

/*
 * Namespace pages between anonymous pages, which are freed first: their buddies are in use. Debug kernels
 * take milliseconds to make or remove a mapping, so all are removed by one call.
 */
static int map_beside_anonymous(int fd)
{
	uint8_t *pages = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile uint8_t *anonymous = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
					   -1, 0);
	long before = charged_memory();
	size_t at;

	if (pages == MAP_FAILED || anonymous == MAP_FAILED)
		return NO_MAPPING;
	madvise((void *)anonymous, SIZE, MADV_NOHUGEPAGE);
	for (at = 0; at < SIZE; at += PAGE) {
		if (!touch_page(fd, pages + at))
			return NO_MAPPING;
		anonymous[at] = 1;
	}
	munmap((void *)anonymous, SIZE);
	if (charged_memory() - before < SIZE)
		return NOT_CHARGED;
	for (at = 0; at < SIZE; at += PAGE) {
		const volatile struct fastvdso_ns_page *ns = (const void *)(pages + at);

		if (ns->mono_sec != 1000 || ns->magic != FASTVDSO_NS_MAGIC)
			return WRONG_PAGE;
	}
	munmap(pages, SIZE);
	/* The kernel keeps some charges per CPU, and uncharges page tables later. */
	return charged_memory() - before < SIZE / 4 ? OK : NOT_UNCHARGED;
}

/* Touching a page again, after dropping it from the page table, takes no more memory. */
static int drop_and_touch(int fd)
{
	const volatile struct fastvdso_ns_page *ns = touch_page(fd, NULL);
	long before = charged_memory();
	int i;

	for (i = 0; i < MAPPINGS; i++) {
		if (!ns || madvise((void *)ns, PAGE, MADV_DONTNEED) || ns->mono_sec != 1000)
			return WRONG_PAGE;
	}
	return charged_memory() - before < SIZE / 4 ? OK : NOT_UNCHARGED;
}

/* Run @check as nobody in a memory cgroup and a time namespace; its exit status, or 100 to 103. */
static int run_in_namespace(int (*check)(int fd))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (enter_memory_cgroup(NULL))
			_exit(100);
		if (become_nobody())
			_exit(101);
		if (enter_user_namespace() || unshare_time("monotonic 1000 0\nboottime 1000 0\n"))
			_exit(102);
		pid = fork();
		if (!pid) {
			int fd = open(FASTVDSO_DEVICE, O_RDONLY);

			_exit(fd < 0 ? NO_DEVICE : check(fd));
		}
		status = wait_for_child(pid);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 103);
	}
	status = wait_for_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 103;
}

TEST(namespace_pages_are_charged_and_leave_the_page_allocator_sound)
{
	EXPECT_EQ(OK, run_in_namespace(map_beside_anonymous));
}

TEST(touching_a_namespace_page_again_takes_no_memory)
{
	EXPECT_EQ(OK, run_in_namespace(drop_and_touch));
}

TEST_HARNESS_MAIN
