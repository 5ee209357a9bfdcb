/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel's exported integer types, for the image alone. A machine that builds
 * modules by DKMS need not have libc's headers, so the image is built with none:
 * what comes out does not depend on what is installed.
 */
#ifndef FASTVDSO_FREESTANDING_TYPES_H
#define FASTVDSO_FREESTANDING_TYPES_H

typedef signed char		__s8;
typedef unsigned char		__u8;
typedef signed short		__s16;
typedef unsigned short		__u16;
typedef signed int		__s32;
typedef unsigned int		__u32;
typedef signed long long	__s64;
typedef unsigned long long	__u64;

#endif
