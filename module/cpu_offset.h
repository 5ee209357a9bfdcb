/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The arithmetic of CPU offsets, by the kernel's clock: how many cycles to add to the counter of
 * one CPU to get the scale of another. counters.c calls it in the kernel, the host tests call it
 * with simulated counters.
 */
#ifndef FASTVDSO_CPU_OFFSET_H
#define FASTVDSO_CPU_OFFSET_H

#include "steer.h"

/* A measurement of one CPU's offset to the common scale. */
struct fastvdso_measurement {
	struct interval	offset;
	__u32		generation;	/* of all offsets, when it began */
	bool		has_reference;	/* no: no other CPU is measured */
};

bool fastvdso_cpu_offset_measure(const struct steer_pair *first, const struct steer_pair *ours,
				 const struct steer_pair *last, __s64 resolution,
				 struct interval *offset);
void fastvdso_cpu_offset_cut(struct interval *offset, struct interval a, struct interval b);

#endif
