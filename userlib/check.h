/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Checks of the device's description, of mapped pages and of the image; internal to the library. */
#ifndef FASTVDSO_CHECK_H
#define FASTVDSO_CHECK_H

#include "map.h"

/* Far more than any module needs, and small enough to map without harm. */
#define DATA_PAGES_MAX	64
#define CODE_PAGES_MAX	64

/* One call of fastvdso_map(). */
struct map_request {
	const struct fastvdso_os	*os;
	int				fd;		/* the device */
	uint64_t			flags;		/* FASTVDSO_MAP_* of the data */
	enum fastvdso_reason		reason;		/* set by the function that returns an error */
	struct fastvdso_mapping		mapping;
};

/*
 * The functions below, and those of map.c that take a request, return 0, or -errno with
 * request->reason set. fastvdso_refuse() sets it; fastvdso_refuse_error() derives it from
 * the error, `denied` being the reason for a missing permission.
 */
int fastvdso_refuse(struct map_request *request, enum fastvdso_reason reason, int error);
int fastvdso_refuse_error(struct map_request *request, int error, enum fastvdso_reason denied);

int fastvdso_check_info(struct map_request *request, long page_size);
int fastvdso_check_pages(struct map_request *request);
int fastvdso_check_image(struct map_request *request, const void *code);

/* Check the installed image, and make mapping.info describe it instead of the device's image. */
int fastvdso_check_installed_image(struct map_request *request, const void *code, size_t size);

/* Check that the installed image has the bytes that the device returns. */
int fastvdso_check_same_image(struct map_request *request, const void *code, size_t size);

#endif
