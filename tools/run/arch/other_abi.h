/* SPDX-License-Identifier: GPL-2.0 */
/* No other build of this command starts programs of this machine. */
#ifndef FASTVDSO_OTHER_ABI_H
#define FASTVDSO_OTHER_ABI_H

#include <elf.h>

#define OTHER_CLASS	ELFCLASSNONE
#define OTHER_MACHINE	EM_NONE
#define OTHER_FOLDER	""
#define OTHER_LAUNCHER	"the launcher for it"

#endif
