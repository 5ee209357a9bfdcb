/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The image's own note: "fastvdso ABI-VERSION DATA-PAGES" in decimal, as NT_VERSION has it,
 * which is a name and nothing else. elflint knows of no other that is not GNU's.
 */
#ifndef FASTVDSO_NOTE_H
#define FASTVDSO_NOTE_H

#define FASTVDSO_NOTE_PREFIX	"fastvdso "
#define FASTVDSO_NOTE_TYPE	1

#endif
