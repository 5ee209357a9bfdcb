/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ELF note: the ABI version of the image, and the number of data pages it expects below it. */
#include <linux/fastvdso.h>
#include "note.h"

#define STRING(number)	_STRING(number)
#define _STRING(number)	#number

	.section .note.fastvdso, "a"
	.balign 4
	.long	1f - 0f			/* length of the name */
	.long	0			/* length of the content */
	.long	FASTVDSO_NOTE_TYPE
0:	.ascii	FASTVDSO_NOTE_PREFIX
	.ascii	STRING(FASTVDSO_ABI_VERSION)
	.ascii	" "
	.asciz	STRING(FASTVDSO_DATA_PAGES)
1:	.balign 4
