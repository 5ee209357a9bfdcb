/* SPDX-License-Identifier: GPL-2.0 */
/* What tests of mappings share. */
#ifndef FASTVDSO_MAPPING_H
#define FASTVDSO_MAPPING_H

#include <errno.h>
#include <sys/mman.h>

#define PAGE	4096

#define EXPECT_ERRNO(error, call) do {				\
	errno = 0;						\
	EXPECT_EQ(-1, (long)(call)) TH_LOG(#call);		\
	EXPECT_EQ(error, errno);				\
} while (0)

static void *map_at(int fd, size_t length, int prot, int flags, off_t offset)
{
	return mmap(NULL, length, prot, flags, fd, offset);
}

#endif
