/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that another build of this command starts: i386's. */
#ifndef FASTVDSO_OTHER_ABI_H
#define FASTVDSO_OTHER_ABI_H

#include <elf.h>

#define OTHER_CLASS	ELFCLASS32
#define OTHER_MACHINE	EM_386

/* The folder of that build, next to the folder bin of this command. */
#define OTHER_FOLDER	"lib/i386-linux-gnu/fastvdso"

#define OTHER_LAUNCHER	"it is a 32-bit program, and the launcher for those"

#endif
