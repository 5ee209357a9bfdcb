/* SPDX-License-Identifier: GPL-2.0 */
/* The image as built, for pages.c to copy. */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 8
	.globl fastvdso_image_start, fastvdso_image_end
fastvdso_image_start:
	.incbin FASTVDSO_IMAGE
fastvdso_image_end:
