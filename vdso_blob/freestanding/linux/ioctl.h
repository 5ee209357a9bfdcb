/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Empty, because the image makes no ioctl(). See types.h. */
