/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Division of 64 bits by 32 bits, which needs libgcc in C. */
#ifndef FASTVDSO_ARCH_DIVIDE_H
#define FASTVDSO_ARCH_DIVIDE_H

#include "compiler.h"

/* The quotient must fit in 32 bits: @high must be less than @divisor. Otherwise the CPU faults. */
#define fastvdso_arch_divide fastvdso_arch_divide
fastvdso_inline __u32 fastvdso_arch_divide(__u32 high, __u32 low, __u32 divisor, __u32 *remainder)
{
	__u32 quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*remainder) : "0"(low), "1"(high), "r"(divisor) : "cc");
	return quotient;
}

#endif
