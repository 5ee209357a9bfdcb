// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's page is as protected as the other pages, and cannot be mapped if there is
 * none. tests/system/hypervisor runs these tests with a made-up page.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <sys/ioctl.h>

#include "clocksource.h"
#include "mapping.h"
#include "process.h"
#include "sysfs.h"

FIXTURE(hypervisor)
{
	int fd;
	uint8_t *page;
};

/*
 * Does the kernel list a hypervisor's clocksource that has a page, or the module report such a clock mode?
 * Xen has a page only where its clock is stable.
 */
static int has_hypervisor_clock(int fd)
{
	static const char *const names[] = { "kvm-clock", "hyperv" };
	char available[256] = "";
	struct fastvdso_info info;
	size_t i;

	if (read_line(CLOCKSOURCES "available_clocksource", available, sizeof(available)) ||
	    ioctl(fd, FASTVDSO_IOC_INFO, &info))
		return -1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(available, names[i]))
			return 1;
	return info.clock_mode == FASTVDSO_CLOCK_PVCLOCK || info.clock_mode == FASTVDSO_CLOCK_HVCLOCK;
}

FIXTURE_SETUP(hypervisor)
{
	self->fd = open(FASTVDSO_DEVICE, O_RDONLY);
	ASSERT_LE(0, self->fd);
	self->page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, FASTVDSO_OFFSET_HYPERVISOR);
	if (self->page == MAP_FAILED)
		ASSERT_EQ(ENODEV, errno);
	if (!is_available("xen"))
		ASSERT_EQ(self->page != MAP_FAILED, has_hypervisor_clock(self->fd));
}

FIXTURE_TEARDOWN(hypervisor)
{
	close(self->fd);
}

TEST_F(hypervisor, only_one_readable_page_can_be_mapped)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE };
	const off_t offset = FASTVDSO_OFFSET_HYPERVISOR;
	size_t i;

	for (i = 0; i < 3; i++) {
		EXPECT_ERRNO(EINVAL, map_at(self->fd, 2 * PAGE, PROT_READ, flags[i], offset));
		EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, flags[i], offset + PAGE));
		EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, flags[i], offset - PAGE));
		EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, flags[i],
					    offset | FASTVDSO_MAP_HYPERVISOR));
		EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_READ | PROT_WRITE, flags[i], offset));
		EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_WRITE, flags[i], offset));
		EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_READ | PROT_EXEC, flags[i], offset));
	}
}

TEST_F(hypervisor, the_mapping_cannot_be_changed)
{
	uint8_t *private = map_at(self->fd, PAGE, PROT_READ, MAP_PRIVATE, FASTVDSO_OFFSET_HYPERVISOR);
	int mem = open("/proc/self/mem", O_RDWR), i;
	uint8_t *pages[] = { self->page, private };
	uint8_t byte = 0xcc;

	if (self->page == MAP_FAILED)
		SKIP(return, "there is no hypervisor's page");
	ASSERT_NE(MAP_FAILED, private);
	for (i = 0; i < 2; i++) {
		pid_t child;

		EXPECT_ERRNO(EACCES, mprotect(pages[i], PAGE, PROT_READ | PROT_WRITE));
		EXPECT_ERRNO(EACCES, mprotect(pages[i], PAGE, PROT_READ | PROT_EXEC));
		EXPECT_ERRNO(EFAULT, mremap(pages[i], PAGE, 2 * PAGE, MREMAP_MAYMOVE));
		EXPECT_ERRNO(EINVAL, mremap(pages[i], PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
					    pages[i] + (1 << 30)));
		EXPECT_ERRNO(EIO, pwrite(mem, &byte, 1, (off_t)pages[i]));
		madvise(pages[i], PAGE, MADV_DONTNEED);
		child = fork();
		if (!child) {
			/* The hypervisor may write the page at any time. */
			(void)*(volatile uint8_t *)pages[i];
			_exit(0);
		}
		EXPECT_EQ(0, wait_for_child(child));
		child = fork();
		if (!child) {
			signal(SIGSEGV, SIG_DFL);
			*(volatile uint8_t *)pages[i] = byte;
			_exit(0);
		}
		EXPECT_TRUE(is_sigsegv(wait_for_child(child)));
		EXPECT_EQ(0, munmap(pages[i], PAGE));
	}
	close(mem);
}

TEST_F(hypervisor, the_library_is_exact_on_the_hypervisors_clocksource)
{
	struct fastvdso_status status;

	ASSERT_EQ(0, fastvdso_open());
	ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
	if (status.clock_mode == FASTVDSO_CLOCK_PVCLOCK || status.clock_mode == FASTVDSO_CLOCK_HVCLOCK) {
		EXPECT_NE(MAP_FAILED, self->page);
		EXPECT_EQ(FASTVDSO_MODE_EXACT, status.mode);
	}
	fastvdso_close();
}

TEST_HARNESS_MAIN
