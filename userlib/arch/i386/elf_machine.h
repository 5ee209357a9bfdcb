/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What ELF files of i386 are marked with. */
#ifndef FASTVDSO_ELF_MACHINE_H
#define FASTVDSO_ELF_MACHINE_H

#include <elf.h>

#define FASTVDSO_ELF_MACHINE	EM_386

#endif
