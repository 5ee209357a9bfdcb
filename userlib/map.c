// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * From the path of a device to pages that have been checked. What the other end
 * says is not believed: sizes are bounded before they are used, pages are
 * checked before they are read as structures, the image before it is called.
 */
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any module will have, and little enough not to hurt. */
#define DATA_PAGES_MAX	64
#define CODE_PAGES_MAX	64

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

const struct fastvdso_os fastvdso_os = {
	.open = os_open,
	.info = os_info,
	.mmap = mmap,
};

static int refuse(enum fastvdso_reason *reason, enum fastvdso_reason why, int error)
{
	*reason = why;
	return error;
}

/* Refuse with the reason behind an error; `denied` is the one for a lack of permission. */
static int refuse_for(enum fastvdso_reason *reason, int error, enum fastvdso_reason denied)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return refuse(reason, denied, error);
	case -EAGAIN:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return refuse(reason, FASTVDSO_REASON_NO_MEMORY, error);
	default:
		return refuse(reason, FASTVDSO_REASON_NO_DEVICE, error);
	}
}

static int check_info(const struct fastvdso_info *info, long page_size,
		      enum fastvdso_reason *reason)
{
	if (info->abi_version < FASTVDSO_ABI_VERSION || info->compat_version > FASTVDSO_ABI_VERSION)
		return refuse(reason, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	if (info->page_size != page_size ||
	    info->data_pages < FASTVDSO_DATA_PAGES || info->data_pages > DATA_PAGES_MAX ||
	    info->code_pages < 1 || info->code_pages > CODE_PAGES_MAX ||
	    info->image_size < 1 || info->image_size > info->code_pages * info->page_size)
		return refuse(reason, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	return 0;
}

static int check_time_page(const struct fastvdso_time_page *time, uint32_t version,
			   enum fastvdso_reason *reason)
{
	if (time->magic != FASTVDSO_TIME_MAGIC)
		return refuse(reason, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	if (time->version != version || time->compat_version > FASTVDSO_ABI_VERSION ||
	    time->size < sizeof(*time))
		return refuse(reason, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	return 0;
}

static int check_pages(const struct fastvdso_mapping *mapping, enum fastvdso_reason *reason)
{
	const struct fastvdso_ns_page *ns = mapping->ns;
	uint32_t version = mapping->info.abi_version;
	int ret;

	if (ns->magic != FASTVDSO_NS_MAGIC)
		return refuse(reason, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	if (ns->version != version)
		return refuse(reason, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	ret = check_time_page(mapping->time, version, reason);
	return ret ? ret : check_time_page(mapping->steered, version, reason);
}

static int check_image(struct fastvdso_mapping *mapping, const void *code,
		       enum fastvdso_reason *reason)
{
	struct fastvdso_elf *elf = &mapping->elf;
	int ret = fastvdso_elf_parse(elf, code, mapping->info.image_size);

	if (!ret && (elf->build_id_size != FASTVDSO_BUILD_ID_LEN ||
		     memcmp(elf->build_id, mapping->info.build_id, FASTVDSO_BUILD_ID_LEN) != 0))
		ret = -ENOEXEC;
	return ret ? refuse(reason, FASTVDSO_REASON_BAD_IMAGE, ret) : 0;
}

/*
 * Map one area over the room reserved for it. A permission that is missing is found
 * before the kernel takes the old mapping away, any other error perhaps after; the
 * hole may be another thread's by now, and is left alone.
 */
static int map_area(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, char *base,
		    size_t length, int prot, int fd, off_t offset, enum fastvdso_reason *reason)
{
	int error;

	if (os->mmap(base, length, prot, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED) {
		mapping->areas[mapping->area_count++] = (struct fastvdso_area){
			.address = base, .length = length, .prot = prot, .offset = offset,
		};
		return 0;
	}
	error = -errno;
	if (error == -EACCES || error == -EPERM)
		munmap(base, length);
	return refuse_for(reason, error, FASTVDSO_REASON_NO_EXEC);
}

/* Where there is a hypervisor's page, it is mapped below the data; elsewhere nothing is. */
static size_t map_hypervisor_page(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
				  char *base, size_t page, int fd)
{
	enum fastvdso_reason ignored;

	return map_area(mapping, os, base, page, PROT_READ, fd, (off_t)FASTVDSO_OFFSET_HYPERVISOR,
			&ignored) ? 0 : page;
}

/* Reserve room for all, then data read-only and code read-execute, each in one step. */
static int map_pages(struct fastvdso_mapping *mapping, const struct fastvdso_os *os, int fd,
		     uint64_t wishes, enum fastvdso_reason *reason)
{
	size_t page = mapping->info.page_size, below;
	size_t data = mapping->info.data_pages * page, code = mapping->info.code_pages * page;
	char *base;
	int ret;

	base = os->mmap(NULL, page + data + code, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return refuse_for(reason, -errno, FASTVDSO_REASON_NO_MEMORY);
	below = map_hypervisor_page(mapping, os, base, page, fd);
	if (below)
		wishes |= FASTVDSO_MAP_HYPERVISOR;
	base += page;
	ret = map_area(mapping, os, base, data, PROT_READ, fd, (off_t)wishes, reason);
	if (ret) {
		munmap(base + data, code);
		goto err_below;
	}
	ret = map_area(mapping, os, base + data, code, PROT_READ | PROT_EXEC, fd, (off_t)data,
		       reason);
	if (ret) {
		munmap(base, data);
		goto err_below;
	}
	mapping->base = base;
	mapping->length = data + code;
	mapping->below = below;
	mapping->ns = (const void *)(base + FASTVDSO_PAGE_NS * page);
	mapping->time = (const void *)(base + FASTVDSO_PAGE_TIME * page);
	mapping->steered = (const void *)(base + FASTVDSO_PAGE_STEERED * page);
	return 0;

err_below:
	if (below)
		munmap(base - page, page);
	return ret;
}

int fastvdso_map(struct fastvdso_mapping *mapping, const struct fastvdso_os *os,
		 const char *path, uint64_t wishes, enum fastvdso_reason *reason)
{
	long page_size = os->page_size ? os->page_size : sysconf(_SC_PAGESIZE);
	int saved = errno, fd, ret;

	memset(mapping, 0, sizeof(*mapping));
	*reason = FASTVDSO_REASON_NONE;
	fd = os->open(path);
	if (fd < 0) {
		errno = saved;
		return refuse_for(reason, fd, FASTVDSO_REASON_NO_ACCESS);
	}
	ret = os->info(fd, &mapping->info);
	if (ret)
		refuse_for(reason, ret, FASTVDSO_REASON_NO_ACCESS);
	else
		ret = check_info(&mapping->info, page_size, reason);
	if (!ret)
		ret = map_pages(mapping, os, fd, wishes, reason);
	close(fd);
	if (!ret) {
		ret = check_pages(mapping, reason);
		if (!ret)
			ret = check_image(mapping, (const char *)mapping->base +
					  mapping->info.data_pages * mapping->info.page_size,
					  reason);
		if (ret)
			fastvdso_unmap(mapping);
	}
	errno = saved;
	return ret;
}

void fastvdso_unmap(struct fastvdso_mapping *mapping)
{
	munmap((char *)mapping->base - mapping->below, mapping->below + mapping->length);
	memset(mapping, 0, sizeof(*mapping));
}
