/* SPDX-License-Identifier: GPL-2.0 */
/* How the functions of the kernel's vDSO are named on arm64. */
#ifndef FASTVDSO_STOCK_NAMES_H
#define FASTVDSO_STOCK_NAMES_H

#define STOCK_PREFIX		"__kernel_"
#define STOCK_VERSION_NAME	"LINUX_2.6.39"

#endif
