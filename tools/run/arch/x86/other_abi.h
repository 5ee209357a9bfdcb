/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that another build of this command starts: i386's. */
#ifndef FASTVDSO_OTHER_ABI_H
#define FASTVDSO_OTHER_ABI_H

#include <elf.h>

#define OTHER_CLASS	ELFCLASS32
#define OTHER_MACHINE	EM_386

/* Below the folder that has this command's own. */
#define OTHER_COMMAND	"lib/i386-linux-gnu/fastvdso/fastvdso"

#define OTHER_MISSING	"it is a 32-bit program, and the launcher for those is not installed"

#endif
