/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ELF note: which ABI version this image speaks, and how many pages it wants below it. */
#include <linux/fastvdso.h>

	.section .note.fastvdso, "a"
	.balign 4
	.long	1f - 0f			/* length of the name */
	.long	3f - 2f			/* length of the content */
	.long	1			/* type */
0:	.asciz	"fastvdso"
1:	.balign 4
2:	.long	FASTVDSO_ABI_VERSION
	.long	FASTVDSO_DATA_PAGES
3:	.balign 4
