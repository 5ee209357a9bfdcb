/* SPDX-License-Identifier: GPL-2.0 */
/* What the source files of the preload library share. */
#ifndef FASTVDSO_PRELOAD_H
#define FASTVDSO_PRELOAD_H

#define EXPORT	__attribute__((__visibility__("default")))

#endif
