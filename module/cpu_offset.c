// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Offsets between the counters of two CPUs, measured by the kernel's clock: see cpu_offset.h. */
#include "cpu_offset.h"

/* a + (b - a) * part / whole; `part` is at most `whole`, which is positive. */
static __u64 interpolate(__u64 a, __u64 b, __s64 part, __s64 whole)
{
	return a + steer_scale((__u64)part, steer_rate(b - a, (__u64)whole));
}

/*
 * Limits of the offset from our counter to another's, from a pair of the other CPU, a pair of
 * ours, and a second pair of the other CPU. The kernel's clock goes in steps of `resolution`
 * cycles. Returns false if the clock or the other's counter did not advance between the pairs.
 */
bool fastvdso_cpu_offset_measure(const struct steer_pair *first, const struct steer_pair *ours,
				 const struct steer_pair *last, __s64 resolution,
				 struct interval *offset)
{
	__s64 part = ours->raw - first->raw, whole = last->raw - first->raw;

	if (part < 0 || last->raw <= ours->raw || (__s64)(last->before - first->after) <= 0)
		return false;
	offset->lo = (__s64)(interpolate(first->before, last->before, part, whole) - ours->after) -
		     2 * resolution;
	offset->hi = (__s64)(interpolate(first->after, last->after, part, whole) - ours->before) +
		     2 * resolution;
	return true;
}

/*
 * Cut the limits of an offset with two measurements, one of which may be wrong, for instance
 * because the clock was read late or a counter jumped. If they contradict each other, use
 * neither.
 */
void fastvdso_cpu_offset_cut(struct interval *offset, struct interval a, struct interval b)
{
	if (a.hi < b.lo || b.hi < a.lo)
		return;
	if (b.lo < a.lo)
		a.lo = b.lo;
	if (b.hi > a.hi)
		a.hi = b.hi;
	if (a.lo > offset->lo)
		offset->lo = a.lo;
	if (a.hi < offset->hi)
		offset->hi = a.hi;
}
