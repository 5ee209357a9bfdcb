/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Checks of what is to be mapped, and of what is; inside the library. */
#ifndef FASTVDSO_CHECK_H
#define FASTVDSO_CHECK_H

#include "map.h"

/* More than any module will have, and little enough not to hurt. */
#define DATA_PAGES_MAX	64
#define CODE_PAGES_MAX	64

/*
 * The error given, with the reason behind it; `denied` is the one for a lack of permission.
 * Each check below: 0, or -errno with the reason set.
 */
int fastvdso_refuse_for(enum fastvdso_reason *reason, int error, enum fastvdso_reason denied);

int fastvdso_check_info(const struct fastvdso_info *info, long page_size,
			enum fastvdso_reason *reason);
int fastvdso_check_pages(const struct fastvdso_mapping *mapping, enum fastvdso_reason *reason);
int fastvdso_check_image(struct fastvdso_mapping *mapping, const void *code,
			 enum fastvdso_reason *reason);

/* 0 or -errno; then mapping->info is that of the twin. */
int fastvdso_check_installed_image(struct fastvdso_mapping *mapping, const char *code, size_t size);

#endif
