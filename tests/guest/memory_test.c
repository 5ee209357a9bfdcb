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

/* Exit codes of the child in the time namespace. */
enum { OK, NO_DEVICE, NO_MAPPING, WRONG_PAGE, NOT_CHARGED, NOT_UNCHARGED };

/* Map the namespace page and touch it. */
static const volatile struct fastvdso_ns_page *touch_page(int fd)
{
	const volatile struct fastvdso_ns_page *ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, 0);

	if (ns == MAP_FAILED || ns->magic != FASTVDSO_NS_MAGIC || ns->mono_sec != 1000)
		return NULL;
	return ns;
}

/* Namespace pages between anonymous pages, which are freed first: their buddies are in use. */
static int map_beside_anonymous(int fd)
{
	static const volatile struct fastvdso_ns_page *pages[MAPPINGS];
	static volatile char *anonymous[MAPPINGS];
	long before = charged_memory();
	int i;

	for (i = 0; i < MAPPINGS; i++) {
		pages[i] = touch_page(fd);
		anonymous[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (!pages[i] || anonymous[i] == MAP_FAILED)
			return NO_MAPPING;
		anonymous[i][0] = 1;
	}
	for (i = 0; i < MAPPINGS; i++)
		munmap((void *)anonymous[i], PAGE);
	if (charged_memory() - before < MAPPINGS * PAGE)
		return NOT_CHARGED;
	for (i = 0; i < MAPPINGS; i++) {
		if (pages[i]->mono_sec != 1000 || pages[i]->magic != FASTVDSO_NS_MAGIC)
			return WRONG_PAGE;
		munmap((void *)pages[i], PAGE);
	}
	/* The kernel keeps some charges per CPU, and uncharges page tables later. */
	return charged_memory() - before < MAPPINGS * PAGE / 4 ? OK : NOT_UNCHARGED;
}

/* Touching a page again, after dropping it from the page table, takes no more memory. */
static int drop_and_touch(int fd)
{
	const volatile struct fastvdso_ns_page *ns = touch_page(fd);
	long before = charged_memory();
	int i;

	for (i = 0; i < MAPPINGS; i++) {
		if (!ns || madvise((void *)ns, PAGE, MADV_DONTNEED) || ns->mono_sec != 1000)
			return WRONG_PAGE;
	}
	return charged_memory() - before < MAPPINGS * PAGE / 4 ? OK : NOT_UNCHARGED;
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
