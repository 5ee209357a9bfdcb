/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The image's note: "fastvdso ABI-VERSION DATA-PAGES" in decimal, as the name of an NT_VERSION
 * note, which has no content. elflint accepts no other type outside GNU's notes.
 */
#ifndef FASTVDSO_NOTE_H
#define FASTVDSO_NOTE_H

#define FASTVDSO_NOTE_PREFIX	"fastvdso "
#define FASTVDSO_NOTE_TYPE	1

#endif
