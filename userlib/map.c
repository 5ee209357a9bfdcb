// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * From the path of a device to pages that have been checked. What the other end
 * says is not believed: sizes are bounded before they are used, pages are
 * checked before they are read as structures, the image before it is called.
 */
#include "map.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only a device: pages of an ordinary file could be cut off under our feet. */
static int os_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISCHR(st.st_mode)) {
		close(fd);
		return -ENODEV;
	}
	return fd;
}

static int os_info(int fd, struct fastvdso_info *info)
{
	return ioctl(fd, FASTVDSO_IOC_INFO, info) ? -errno : 0;
}

/*
 * Who starts a process without a vDSO does not want such code in it. valgrind does so, and
 * knows no instruction that tells the CPU but rdtscp.
 */
static int os_has_vdso(void)
{
	return getauxval(AT_SYSINFO_EHDR) != 0;
}

const struct fastvdso_os fastvdso_os = {
	.has_vdso = os_has_vdso,
	.open = os_open,
	.info = os_info,
	.mmap = mmap,
	.open_installed_image = fastvdso_open_installed_image,
	.prefers_installed_image = fastvdso_prefers_installed_image,
};

/*
 * Map one area over the room reserved for it. A permission that is missing is found
 * before the kernel takes the old mapping away, any other error perhaps after; the
 * hole may be another thread's by now, and is left alone.
 */
static int map_area(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, char *base,
		    size_t length, int prot, int flags, int fd, off_t offset,
		    enum fastvdso_reason *reason)
{
	int error;

	flags |= MAP_FIXED;
	if (os->mmap(base, length, prot, flags, fd, offset) != MAP_FAILED) {
		mapping->areas[mapping->area_count++] = (struct fastvdso_area){
			.address = base, .length = length, .prot = prot, .flags = flags,
			.offset = offset,
		};
		return 0;
	}
	error = -errno;
	if (error == -EACCES || error == -EPERM)
		munmap(base, length);
	return fastvdso_refuse_for(reason, error, FASTVDSO_REASON_NO_EXEC);
}

/* Where there is a hypervisor's page, it is mapped below the data; elsewhere nothing is. */
static size_t map_hypervisor_page(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
				  char *base, size_t page, int fd)
{
	enum fastvdso_reason ignored;

	return map_area(mapping, os, base, page, PROT_READ, MAP_SHARED, fd,
			(off_t)FASTVDSO_OFFSET_HYPERVISOR, &ignored) ? 0 : page;
}

/* The data read-only in one step, right below `code`, and the hypervisor's page below it. */
static int map_data(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, char *code,
		    int fd, uint64_t wishes, enum fastvdso_reason *reason)
{
	size_t page = mapping->info.page_size, data = mapping->info.data_pages * page;
	char *base = code - data;
	int ret;

	mapping->below = map_hypervisor_page(mapping, os, base - page, page, fd);
	if (mapping->below)
		wishes |= FASTVDSO_MAP_HYPERVISOR;
	ret = map_area(mapping, os, base, data, PROT_READ, MAP_SHARED, fd, (off_t)wishes, reason);
	if (ret) {
		if (mapping->below)
			munmap(base - page, page);
		return ret;
	}
	mapping->base = base;
	mapping->length = data + mapping->info.code_pages * page;
	mapping->ns = (const void *)(base + FASTVDSO_PAGE_NS * page);
	mapping->time = (const void *)(base + FASTVDSO_PAGE_TIME * page);
	mapping->steered = (const void *)(base + FASTVDSO_PAGE_STEERED * page);
	return 0;
}

/* Room for all, reserved: for data of so many pages, a page below it, and code of so many. */
static int reserve(char **room, const struct fastvdso_os *os, size_t page, size_t data_pages,
		   size_t code_pages, enum fastvdso_reason *reason)
{
	*room = os->mmap(NULL, (1 + data_pages + code_pages) * page, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return *room == MAP_FAILED ?
	       fastvdso_refuse_for(reason, -errno, FASTVDSO_REASON_NO_MEMORY) : 0;
}

/* All from the device: data, then code read-execute, each in one step. */
static int map_pages(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, int fd,
		     uint64_t wishes, enum fastvdso_reason *reason)
{
	size_t page = mapping->info.page_size;
	size_t data = mapping->info.data_pages * page, length = mapping->info.code_pages * page;
	char *room, *code;
	int ret;

	ret = reserve(&room, os, page, mapping->info.data_pages, mapping->info.code_pages, reason);
	if (ret)
		return ret;
	code = room + page + data;
	ret = map_data(mapping, os, code, fd, wishes, reason);
	if (ret) {
		munmap(code, length);
		return ret;
	}
	ret = map_area(mapping, os, code, length, PROT_READ | PROT_EXEC, MAP_SHARED, fd,
		       (off_t)data, reason);
	if (ret)
		munmap((char *)mapping->base - mapping->below, mapping->below + data);
	return ret;
}

/* Code from the twin, then data from the device below it. What is there is unmapped on error. */
static int map_beside_installed_image(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, int fd,
			   int twin, uint64_t wishes, enum fastvdso_reason *reason)
{
	size_t page = mapping->info.page_size, length, spare;
	char *room, *code;
	struct stat st;
	int ret;

	if (fstat(twin, &st) || st.st_size < 1 || (size_t)st.st_size > CODE_PAGES_MAX * page)
		return -ENOEXEC;
	length = ((size_t)st.st_size + page - 1) / page * page;
	ret = reserve(&room, os, page, mapping->info.data_pages, length / page, reason);
	if (ret)
		return ret;
	code = room + (1 + mapping->info.data_pages) * page;
	ret = map_area(mapping, os, code, length, PROT_READ | PROT_EXEC, MAP_PRIVATE, twin, 0,
		       reason);
	if (ret) {
		munmap(room, (size_t)(code - room));
		return ret;
	}
	ret = fastvdso_check_installed_image(mapping, code, (size_t)st.st_size);
	if (ret) {
		munmap(room, (size_t)(code - room) + length);
		return ret;
	}
	/* It may know of fewer pages than there are: the room below those goes. */
	spare = (size_t)(code - room) - (1 + mapping->info.data_pages) * page;
	if (spare)
		munmap(room, spare);
	ret = map_data(mapping, os, code, fd, wishes, reason);
	if (ret)
		munmap(code, length);
	return ret;
}

/* What was found before stands if there is no twin. */
static int map_with_installed_image(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, int fd,
			 uint64_t wishes, int error)
{
	struct fastvdso_info info = mapping->info;
	enum fastvdso_reason ignored;
	const char *path;
	int twin = os->open_installed_image ? os->open_installed_image(&path) : -ENOENT, ret;

	if (twin < 0)
		return error;
	memset(mapping, 0, sizeof(*mapping));
	mapping->info = info;
	ret = map_beside_installed_image(mapping, os, fd, twin, wishes, &ignored);
	close(twin);
	if (ret) {
		memset(mapping, 0, sizeof(*mapping));
		mapping->info = info;
		return error;
	}
	mapping->installed_image = path;
	return 0;
}

int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t wishes, enum fastvdso_reason *reason)
{
	long page_size = os->page_size ? os->page_size : sysconf(_SC_PAGESIZE);
	int saved = errno, fd, ret, from_twin;

	memset(mapping, 0, sizeof(*mapping));
	*reason = FASTVDSO_REASON_NONE;
	if (os->has_vdso && !os->has_vdso()) {
		*reason = FASTVDSO_REASON_NO_VDSO;
		return -EOPNOTSUPP;
	}
	fd = os->open(path);
	if (fd < 0) {
		errno = saved;
		return fastvdso_refuse_for(reason, fd, FASTVDSO_REASON_NO_ACCESS);
	}
	ret = os->info(fd, &mapping->info);
	if (ret)
		fastvdso_refuse_for(reason, ret, FASTVDSO_REASON_NO_ACCESS);
	else
		ret = fastvdso_check_info(&mapping->info, page_size, reason);
	from_twin = !ret && os->prefers_installed_image && os->prefers_installed_image() &&
		    !map_with_installed_image(mapping, os, fd, wishes, -ENOENT);
	if (!ret && !from_twin)
		ret = map_pages(mapping, os, fd, wishes, reason);
	if (ret && *reason == FASTVDSO_REASON_NO_EXEC) {
		ret = map_with_installed_image(mapping, os, fd, wishes, ret);
		if (!ret)
			*reason = FASTVDSO_REASON_NONE;
	}
	close(fd);
	if (!ret) {
		ret = fastvdso_check_pages(mapping, reason);
		if (!ret)
			ret = fastvdso_check_image(mapping, (const char *)mapping->base +
					  mapping->info.data_pages * mapping->info.page_size,
					  reason);
		if (ret)
			fastvdso_unmap(mapping);
	} else {
		memset(mapping, 0, sizeof(*mapping));
	}
	errno = saved;
	return ret;
}

void fastvdso_unmap(struct fastvdso_mapping *mapping)
{
	munmap((char *)mapping->base - mapping->below, mapping->below + mapping->length);
	memset(mapping, 0, sizeof(*mapping));
}
