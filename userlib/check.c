// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "check.h"

#include <errno.h>
#include <string.h>

int fastvdso_refuse(struct map_request *request, enum fastvdso_reason reason, int error)
{
	request->reason = reason;
	return error;
}

int fastvdso_refuse_error(struct map_request *request, int error, enum fastvdso_reason denied)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return fastvdso_refuse(request, denied, error);
	case -EAGAIN:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return fastvdso_refuse(request, FASTVDSO_REASON_NO_MEMORY, error);
	default:
		return fastvdso_refuse(request, FASTVDSO_REASON_NO_DEVICE, error);
	}
}

int fastvdso_check_info(struct map_request *request, long page_size)
{
	const struct fastvdso_info *info = &request->mapping.info;

	if (info->abi_version < FASTVDSO_ABI_VERSION || info->compat_version > FASTVDSO_ABI_VERSION)
		return fastvdso_refuse(request, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	if ((long)info->page_size != page_size ||
	    info->data_pages < FASTVDSO_DATA_PAGES || info->data_pages > DATA_PAGES_MAX ||
	    info->code_pages < 1 || info->code_pages > CODE_PAGES_MAX ||
	    info->image_size < 1 || info->image_size > info->code_pages * info->page_size)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	return 0;
}

/* Older modules have no later fields: they read as zero. */
#define TIME_PAGE_MIN	offsetof(struct fastvdso_time_page, steered_time)

static int check_time_page(struct map_request *request, const struct fastvdso_time_page *time)
{
	if (time->magic != FASTVDSO_TIME_MAGIC)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	if (time->version != request->mapping.info.abi_version ||
	    time->compat_version > FASTVDSO_ABI_VERSION || time->size < TIME_PAGE_MIN)
		return fastvdso_refuse(request, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	return 0;
}

int fastvdso_check_pages(struct map_request *request)
{
	const struct fastvdso_mapping *mapping = &request->mapping;
	int ret;

	if (mapping->ns->magic != FASTVDSO_NS_MAGIC)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_PAGES, -EPROTO);
	if (mapping->ns->version != mapping->info.abi_version)
		return fastvdso_refuse(request, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	ret = check_time_page(request, mapping->time);
	return ret ? ret : check_time_page(request, mapping->steered);
}

int fastvdso_check_image(struct map_request *request, const void *code)
{
	struct fastvdso_elf *elf = &request->mapping.elf;
	const struct fastvdso_info *info = &request->mapping.info;

	if (fastvdso_elf_parse(elf, code, info->image_size) || elf->data_pages != info->data_pages ||
	    elf->build_id_size != FASTVDSO_BUILD_ID_LEN ||
	    memcmp(elf->build_id, info->build_id, FASTVDSO_BUILD_ID_LEN) != 0)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_IMAGE, -ENOEXEC);
	return 0;
}

/*
 * The installed image may be of another build than the module's. It must use an ABI version
 * that the module's pages are compatible with, and no data page that the module does not have.
 */
int fastvdso_check_installed_image(struct map_request *request, const void *code, size_t size)
{
	struct fastvdso_elf *elf = &request->mapping.elf;
	struct fastvdso_info *info = &request->mapping.info;

	if (fastvdso_elf_parse(elf, code, size) || elf->build_id_size != FASTVDSO_BUILD_ID_LEN)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_IMAGE, -ENOEXEC);
	if (!elf->abi_version || elf->abi_version > info->abi_version ||
	    elf->abi_version < info->compat_version ||
	    elf->data_pages < FASTVDSO_DATA_PAGES || elf->data_pages > info->data_pages)
		return fastvdso_refuse(request, FASTVDSO_REASON_VERSION, -EPROTONOSUPPORT);
	info->data_pages = elf->data_pages;
	info->image_size = (uint32_t)size;
	info->code_pages = (uint32_t)((size + info->page_size - 1) / info->page_size);
	memcpy(info->build_id, elf->build_id, sizeof(info->build_id));
	return 0;
}

int fastvdso_check_same_image(struct map_request *request, const void *code, size_t size)
{
	const struct fastvdso_os *os = request->os;
	char bytes[4096];
	size_t at = 0;
	ssize_t got;

	if (size != request->mapping.info.image_size)
		return fastvdso_refuse(request, FASTVDSO_REASON_BAD_IMAGE, -ENOEXEC);
	for (; at < size; at += (size_t)got) {
		got = os->pread(request->fd, bytes, size - at < sizeof(bytes) ? size - at : sizeof(bytes),
				(off_t)at);
		if (got <= 0 || memcmp((const char *)code + at, bytes, (size_t)got) != 0)
			return fastvdso_refuse(request, FASTVDSO_REASON_BAD_IMAGE, -ENOEXEC);
	}
	return 0;
}
