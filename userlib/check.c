// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Whether what the other end says, and what was mapped, is what it should be. */
#include "check.h"

#include <errno.h>
#include <string.h>

static int refuse(enum fastvdso_reason *reason, enum fastvdso_reason why, int error)
{
	*reason = why;
	return error;
}

/* Refuse with the reason behind an error; `denied` is the one for a lack of permission. */
int fastvdso_refuse_for(enum fastvdso_reason *reason, int error, enum fastvdso_reason denied)
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

int fastvdso_check_info(const struct fastvdso_info *info, long page_size,
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

int fastvdso_check_pages(const struct fastvdso_mapping *mapping, enum fastvdso_reason *reason)
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

int fastvdso_check_image(struct fastvdso_mapping *mapping, const void *code,
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
 * What must hold of a twin: it speaks a version that the module's pages serve, whatever
 * its build-id; and the pages that it knows are the first of theirs.
 */
int fastvdso_check_installed_image(struct fastvdso_mapping *mapping, const char *code, size_t size)
{
	struct fastvdso_elf *elf = &mapping->elf;
	struct fastvdso_info *info = &mapping->info;

	if (fastvdso_elf_parse(elf, code, size) || elf->build_id_size != FASTVDSO_BUILD_ID_LEN)
		return -ENOEXEC;
	if (!elf->abi_version || elf->abi_version > info->abi_version ||
	    elf->abi_version < info->compat_version ||
	    elf->data_pages < FASTVDSO_DATA_PAGES || elf->data_pages > info->data_pages)
		return -EPROTONOSUPPORT;
	info->data_pages = elf->data_pages;
	info->image_size = (uint32_t)size;
	info->code_pages = (uint32_t)((size + info->page_size - 1) / info->page_size);
	memcpy(info->build_id, elf->build_id, sizeof(info->build_id));
	return 0;
}
