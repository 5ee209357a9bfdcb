/* SPDX-License-Identifier: GPL-2.0 */
/* Find the physical page behind an address. */
#ifndef FASTVDSO_PAGEMAP_H
#define FASTVDSO_PAGEMAP_H

#include <stdint.h>
#include <unistd.h>

#define PAGE	4096

/* Returns the frame number of an address of this process, or 0 if no page is present. */
static inline uint64_t frame(int pagemap, const void *address)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, 8, (off_t)((uintptr_t)address / PAGE * 8)) != 8 ||
	    !(entry & 1ull << 63))
		return 0;
	return entry & ((1ull << 55) - 1);
}

#endif
