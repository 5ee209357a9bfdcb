/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of the image, compiled with a counter and pages that the target sets. */
#ifndef FASTVDSO_FUZZ_IMAGE_H
#define FASTVDSO_FUZZ_IMAGE_H

#include <linux/fastvdso.h>

/* What the next reading of the counter gives; `changes` readings change the time page meanwhile. */
void image_set(__u64 counter, __u32 cpunode, unsigned int changes);

/* Call every function, with each clock and with clock `id`. */
void image_call(__s32 id, __u64 ticks, __s64 nsec);

/* As bytes, because the compiler of the image may assume that the pages do not change. */
struct image_pages {
	struct fastvdso_ns_page		*ns;
	struct fastvdso_time_page	*time, *steered;
	struct fastvdso_cpu_page	*cpu;
	char				*hypervisor;
};

extern struct image_pages image_pages;

#endif
