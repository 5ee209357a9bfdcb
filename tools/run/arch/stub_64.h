/* SPDX-License-Identifier: GPL-2.0 */
/* System calls of 64-bit architectures that the stub makes. Included by stub_arch.h, after syscall6(). */
#ifndef FASTVDSO_STUB_64_H
#define FASTVDSO_STUB_64_H

#include <asm/stat.h>
#include <asm/unistd.h>
#include <stdint.h>

typedef struct stat stub_stat;
#define STUB_NR_fstat	__NR_fstat

static inline long stub_map(long at, uint32_t length, uint32_t prot, uint32_t flags, long fd, uint64_t offset)
{
	return syscall6(__NR_mmap, at, length, prot, flags, fd, (long)offset);
}

#endif
