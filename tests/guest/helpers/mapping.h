/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tests of the device and of its mappings. */
#ifndef FASTVDSO_MAPPING_H
#define FASTVDSO_MAPPING_H

#include <errno.h>
#include <sys/mman.h>

#include "kselftest_harness.h"

#define PAGE	4096

#define EXPECT_ERRNO(error, call) do {				\
	errno = 0;						\
	EXPECT_EQ(-1, (long)(call)) TH_LOG("%s", #call);	\
	EXPECT_EQ(error, errno);				\
} while (0)

static inline void *map_at(int fd, size_t length, int prot, int flags, off_t offset)
{
	return mmap(NULL, length, prot, flags, fd, offset);
}

#endif
