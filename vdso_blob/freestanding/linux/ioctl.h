/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The image makes no ioctl(): see types.h beside this file. */
