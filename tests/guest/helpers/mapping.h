/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tests of the device and of its mappings. */
#ifndef FASTVDSO_MAPPING_H
#define FASTVDSO_MAPPING_H

#include "kselftest_harness.h"
#include "pages.h"

#define EXPECT_ERRNO(error, call) do {				\
	errno = 0;						\
	EXPECT_EQ(-1, (long)(call)) TH_LOG("%s", #call);	\
	EXPECT_EQ(error, errno);				\
} while (0)

#endif
