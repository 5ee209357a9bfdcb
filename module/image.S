/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The images: pages.c patches them during init and maps them into processes. In .data..ro_after_init,
 * so that the kernel's mappings of them are read-only once the module is loaded. The image for 32-bit
 * programs is empty if it was not built, or if the kernel runs no such programs.
 */
#include <linux/linkage.h>

#include <asm/page.h>

#include "image32.h"

	.section .data..ro_after_init, "aw"
	.balign PAGE_SIZE
	.globl fastvdso_image_start, fastvdso_image_end
fastvdso_image_start:
	.incbin FASTVDSO_IMAGE
fastvdso_image_end:
	.balign PAGE_SIZE
	.globl fastvdso_image32_start, fastvdso_image32_end
fastvdso_image32_start:
#if defined(FASTVDSO_IMAGE32_FILE) && FASTVDSO_IMAGE32
	.incbin FASTVDSO_IMAGE32_FILE
#endif
fastvdso_image32_end:
	.balign PAGE_SIZE
