/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What ELF files of RISC-V are marked with. */
#ifndef FASTVDSO_ELF_MACHINE_H
#define FASTVDSO_ELF_MACHINE_H

#include <elf.h>

#define FASTVDSO_ELF_MACHINE	EM_RISCV

#endif
