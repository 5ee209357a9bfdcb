/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the files of the image share: where the pages stand, and the ways to read them. */
#ifndef FASTVDSO_PAGES_H
#define FASTVDSO_PAGES_H

#include <linux/fastvdso.h>

#include "reader.h"

/* At the beginning of a cache line: the short ones then fit into one. */
#define ENTRY		__attribute__((visibility("default"), aligned(64)))
#define ALIAS(of)	__attribute__((visibility("default"), alias(#of)))
#define WEAK_ALIAS(of)	__attribute__((visibility("default"), weak, alias(#of)))
#define COLD		__attribute__((__noinline__, __cold__))

/*
 * By the linker script, below the image. Hidden, as all that is not ENTRY: what is only declared
 * would not be by -fvisibility, and be looked up in a table of addresses.
 */
#pragma GCC visibility push(hidden)
extern const struct fastvdso_ns_page fastvdso_ns_page;
extern const struct fastvdso_time_page fastvdso_time_page, fastvdso_steered_page;
extern const struct fastvdso_cpu_page fastvdso_cpu_page;
extern const char fastvdso_hypervisor_page[];	/* mapped if the namespace page says so */
#pragma GCC visibility pop

static const struct fastvdso_source counter_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_COUNTER, .single_attempt = 1,
};

/* The tail of now_ns(), where the time page does not serve the clock by the counter. */
__s64 fastvdso_now_ns_otherwise(__s32 id);

/*
 * Whatever the time page names, a mode that for once is not constant; the steered page if
 * `steer`. 0 if there is nothing but the system call.
 */
int fastvdso_find_source(struct fastvdso_source *source, int steer);

#endif
