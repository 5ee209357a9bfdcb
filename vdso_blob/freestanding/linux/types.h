/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel's exported integer types, for the image only. The image is built without libc's
 * headers, because machines that build modules with DKMS may not have them, and so that the
 * result does not depend on what is installed.
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
