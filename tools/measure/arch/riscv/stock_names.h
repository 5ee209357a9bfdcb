/* SPDX-License-Identifier: GPL-2.0 */
/* How the functions of the kernel's vDSO are named on RISC-V. */
#ifndef FASTVDSO_STOCK_NAMES_H
#define FASTVDSO_STOCK_NAMES_H

#define STOCK_PREFIX		"__vdso_"
#define STOCK_VERSION_NAME	"LINUX_4.15"

#endif
