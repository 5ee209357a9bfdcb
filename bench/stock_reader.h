/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The algorithm of the kernel's vDSO (Linux 6.12: lib/vdso, arch/x86/include/asm/vdso) over a made page,
 * to compare with on machines whose kernel uses another clocksource.
 */
#ifndef FASTVDSO_BENCH_STOCK_READER_H
#define FASTVDSO_BENCH_STOCK_READER_H

#include <linux/fastvdso.h>

#include "contenders.h"
#include "update.h"

/* Set the clock of `mode`. `page`: the hypervisor's page, which is copied. */
void stock_reader_publish(__u8 mode, const struct fastvdso_update *update, const void *page);

/* Add clock_gettime() and gettimeofday() in this clock mode, as calls of "stock algorithm". */
void stock_reader_add(struct contenders *to, __u8 mode);

#endif
