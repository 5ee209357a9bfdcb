// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Map the device and check what was mapped. The device is not trusted: sizes are bounded
 * before they are used, pages are checked before they are read as structures, and the image
 * is checked before it is called.
 */
#include "map.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Accept only a device, because a regular file could be truncated while it is mapped. */
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
 * A process started without a vDSO (valgrind, vdso=0) should not get ours either. valgrind
 * cannot run the other instructions that return the CPU number, only rdtscp.
 */
static int os_has_vdso(void)
{
	return getauxval(AT_SYSINFO_EHDR) != 0;
}

/* In a replay by rr, reads of the pages would return other times than those of the recording. */
static int os_is_recorded(void)
{
	return getenv("RUNNING_UNDER_RR") != NULL;
}

const struct fastvdso_os fastvdso_os = {
	.has_vdso = os_has_vdso,
	.is_recorded = os_is_recorded,
	.open = os_open,
	.info = os_info,
	.mmap = mmap,
	.pread = pread,
	.open_installed_image = fastvdso_open_installed_image,
	.code_choice = fastvdso_code_choice,
};

/*
 * Map one area over the address space reserved for it. Returns 0 or -errno. A missing permission
 * is found before the kernel removes the reservation, so unmap it. After any other error the
 * reservation may be gone and another thread may already have mapped something there.
 */
static int map_area(struct map_request *request, int fd, struct fastvdso_area area)
{
	struct fastvdso_mapping *mapping = &request->mapping;
	int error;

	area.flags |= MAP_FIXED;
	if (request->os->mmap(area.address, area.length, area.prot, area.flags, fd, area.offset) !=
	    MAP_FAILED) {
		mapping->areas[mapping->area_count++] = area;
		return 0;
	}
	error = -errno;
	if (error == -EACCES || error == -EPERM)
		munmap(area.address, area.length);
	return error;
}

/* Reserve address space for the hypervisor page, the data and, at *code, the code. */
static int reserve(struct map_request *request, size_t code_pages, char **code)
{
	const struct fastvdso_info *info = &request->mapping.info;
	size_t before = 1 + (size_t)info->data_pages;
	char *start = request->os->mmap(NULL, (before + code_pages) * info->page_size, PROT_NONE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		return fastvdso_refuse_error(request, -errno, FASTVDSO_REASON_NO_MEMORY);
	*code = start + before * info->page_size;
	return 0;
}

/* Map the data right below `code`, and below the data the hypervisor page if there is one. */
static int map_data(struct map_request *request, char *code)
{
	struct fastvdso_mapping *mapping = &request->mapping;
	size_t page = mapping->info.page_size, length = mapping->info.data_pages * page;
	char *base = code - length;
	uint64_t offset = FASTVDSO_OFFSET_DATA | request->flags;
	int ret;

	if (!map_area(request, request->fd, (struct fastvdso_area){
			.address = base - page, .length = page, .prot = PROT_READ,
			.flags = MAP_SHARED, .offset = (off_t)FASTVDSO_OFFSET_HYPERVISOR }))
		mapping->below = page;
	if (mapping->below)
		offset |= FASTVDSO_MAP_HYPERVISOR;
	ret = map_area(request, request->fd, (struct fastvdso_area){
			.address = base, .length = length, .prot = PROT_READ,
			.flags = MAP_SHARED, .offset = (off_t)offset });
	if (ret) {
		if (mapping->below)
			munmap(base - page, page);
		return fastvdso_refuse_error(request, ret, FASTVDSO_REASON_NO_EXEC);
	}
	mapping->base = base;
	mapping->length = length + mapping->info.code_pages * page;
	mapping->ns = (const void *)(base + FASTVDSO_PAGE_NS * page);
	mapping->time = (const void *)(base + FASTVDSO_PAGE_TIME * page);
	mapping->steered = (const void *)(base + FASTVDSO_PAGE_STEERED * page);
	return 0;
}

/* Map the code read-execute in one mmap(): some security policies forbid adding PROT_EXEC later. */
static int map_code(struct map_request *request, int fd, int sharing, char *code, size_t length)
{
	int ret = map_area(request, fd, (struct fastvdso_area){
			.address = code, .length = length, .prot = PROT_READ | PROT_EXEC,
			.flags = sharing });

	return ret ? fastvdso_refuse_error(request, ret, FASTVDSO_REASON_NO_EXEC) : 0;
}

static int map_from_device(struct map_request *request)
{
	struct fastvdso_mapping *mapping = &request->mapping;
	size_t page = mapping->info.page_size;
	size_t data = mapping->info.data_pages * page, length = mapping->info.code_pages * page;
	char *code = NULL;
	int ret;

	ret = reserve(request, mapping->info.code_pages, &code);
	if (ret)
		return ret;
	ret = map_data(request, code);
	if (ret) {
		munmap(code, length);
		return ret;
	}
	ret = map_code(request, request->fd, MAP_SHARED, code, length);
	if (ret)
		munmap(code - data - mapping->below, mapping->below + data);
	return ret;
}

/* Map the code from an installed image, and check it as mapped; then the device's data below it. */
static int map_from_image(struct map_request *request, int fd)
{
	struct fastvdso_mapping *mapping = &request->mapping;
	size_t page = mapping->info.page_size, before = (1 + mapping->info.data_pages) * page;
	off_t size = mapping->image.stat.st_size;
	size_t length, unused;
	char *code = NULL;
	int ret;

	if (size < 1 || (size_t)size > CODE_PAGES_MAX * page)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_IMAGE, -ENOEXEC);
	length = ((size_t)size + page - 1) / page * page;
	ret = reserve(request, length / page, &code);
	if (ret)
		return ret;
	ret = map_code(request, fd, MAP_PRIVATE, code, length);
	if (ret) {
		munmap(code - before, before);
		return ret;
	}
	ret = mapping->is_same ? fastvdso_check_same_image(request, code, (size_t)size) :
				 fastvdso_check_installed_image(request, code, (size_t)size);
	if (ret) {
		munmap(code - before, before + length);
		return ret;
	}
	/* The image may use fewer data pages than the device has: unmap the rest of the reservation. */
	unused = before - (1 + mapping->info.data_pages) * page;
	if (unused)
		munmap(code - before, unused);
	ret = map_data(request, code);
	if (ret)
		munmap(code, length);
	return ret;
}

/*
 * @same: an image with the bytes of the device's. Profilers, crash reporters and debuggers read
 * regular files only, and the code is the same. Otherwise any that works with the device's data.
 * On failure the request, and with it the reason to return, stays as it was.
 */
static int map_from_installed_image(struct map_request *request, int same)
{
	struct map_request attempt = {
		.os = request->os, .fd = request->fd, .flags = request->flags,
		.mapping = {
			.info = request->mapping.info, .device = request->mapping.device,
			.is_installed = 1, .is_same = same,
		},
	};
	const uint32_t *variant = same ? &request->mapping.info.variant : NULL;
	int fd = request->os->open_installed_image ?
		 request->os->open_installed_image(&attempt.mapping.image, variant) : -ENOENT;
	int ret;

	if (fd < 0)
		return fd;
	ret = map_from_image(&attempt, fd);
	close(fd);
	if (!ret)
		*request = attempt;
	return ret;
}

static int map_pages(struct map_request *request)
{
	enum fastvdso_code_choice choice = request->os->code_choice ? request->os->code_choice() :
								       FASTVDSO_CODE_SAME;
	int ret;

	if (choice != FASTVDSO_CODE_DEVICE &&
	    !map_from_installed_image(request, choice == FASTVDSO_CODE_SAME))
		return 0;
	ret = map_from_device(request);
	if (ret && request->reason == FASTVDSO_REASON_NO_EXEC && !map_from_installed_image(request, 0))
		return 0;
	return ret;
}

static int map_device(struct map_request *request)
{
	long page_size = request->os->page_size ? request->os->page_size : sysconf(_SC_PAGESIZE);
	struct fastvdso_info *info = &request->mapping.info;
	int ret = request->os->info(request->fd, info);

	if (ret)
		return fastvdso_refuse_error(request, ret, FASTVDSO_REASON_NO_ACCESS);
	ret = fastvdso_check_info(request, page_size);
	if (ret)
		return ret;
	ret = map_pages(request);
	if (ret)
		return ret;
	ret = fastvdso_check_pages(request);
	if (!ret)
		ret = fastvdso_check_image(request, (const char *)request->mapping.base +
					   info->data_pages * info->page_size);
	if (ret)
		fastvdso_unmap(&request->mapping);
	return ret;
}

static int open_and_map(struct map_request *request, const char *path)
{
	int ret;

	if (request->os->has_vdso && !request->os->has_vdso())
		return fastvdso_refuse(request, FASTVDSO_REASON_NO_VDSO, -EOPNOTSUPP);
	if (request->os->is_recorded && request->os->is_recorded())
		return fastvdso_refuse(request, FASTVDSO_REASON_RECORDED, -EOPNOTSUPP);
	request->fd = request->os->open(path);
	if (request->fd < 0)
		return fastvdso_refuse_error(request, request->fd, FASTVDSO_REASON_NO_ACCESS);
	if (fstat(request->fd, &request->mapping.device)) {
		close(request->fd);
		return fastvdso_refuse(request, FASTVDSO_REASON_NO_DEVICE, -EIO);
	}
	ret = map_device(request);
	close(request->fd);
	return ret;
}

int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t flags, enum fastvdso_reason *reason)
{
	struct map_request request = { .os = os, .flags = flags };
	int saved = errno, ret = open_and_map(&request, path);

	if (ret)
		memset(mapping, 0, sizeof(*mapping));
	else
		*mapping = request.mapping;
	*reason = request.reason;
	errno = saved;
	return ret;
}

void fastvdso_unmap(struct fastvdso_mapping *mapping)
{
	munmap((char *)mapping->base - mapping->below, mapping->below + mapping->length);
	memset(mapping, 0, sizeof(*mapping));
}
