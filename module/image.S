/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The image: pages.c patches it during init and maps it into processes. In .data..ro_after_init,
 * so that the kernel's mappings of it are read-only once the module is loaded.
 */
#include <linux/linkage.h>

#include <asm/page.h>

	.section .data..ro_after_init, "aw"
	.balign PAGE_SIZE
	.globl fastvdso_image_start, fastvdso_image_end
fastvdso_image_start:
	.incbin FASTVDSO_IMAGE
fastvdso_image_end:
	.balign PAGE_SIZE
