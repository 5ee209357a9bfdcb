// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Entry points for unordered reads, ticks and snapshots. If the pages cannot be read,
 * now_ns_unordered() makes the system call; the others return -EOPNOTSUPP, or 0 ticks.
 */
#include <linux/fastvdso.h>

#include "pages.h"
#include "syscall.h"
#include "tick_reader.h"

static const struct fastvdso_source unordered_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_COUNTER, .single_attempt = 1, .unordered = 1,
};

static const struct fastvdso_source unordered_pvclock_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_PVCLOCK,
	.mode_page = fastvdso_hypervisor_page, .single_attempt = 1, .unordered = 1,
};

static const struct fastvdso_source unordered_hvclock_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_HVCLOCK,
	.mode_page = fastvdso_hypervisor_page, .single_attempt = 1, .unordered = 1,
};

static NOINLINE HVCLOCK __s64 now_ns_unordered_hvclock(__s32 id)
{
	return fastvdso_now_ns_hypervisor(&unordered_hvclock_source, id, fastvdso_now_ns_slow);
}

static NOINLINE NOW_NS __s64 now_ns_unordered_pvclock(__s32 id)
{
	return fastvdso_now_ns_hypervisor(&unordered_pvclock_source, id, now_ns_unordered_hvclock);
}

static NOINLINE HVCLOCK __s64 now_ns_unordered_hvclock_monotonic(__s32 id)
{
	(void)id;
	return fastvdso_now_ns_hypervisor(&unordered_hvclock_source, FASTVDSO_MONOTONIC,
					  fastvdso_now_ns_slow);
}

static NOINLINE NOW_NS __s64 now_ns_unordered_pvclock_monotonic(__s32 id)
{
	(void)id;
	return fastvdso_now_ns_hypervisor(&unordered_pvclock_source, FASTVDSO_MONOTONIC,
					  now_ns_unordered_hvclock_monotonic);
}

static NOINLINE __s64 now_ns_unordered_any_clock(__s32 id)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!fastvdso_read_clock(&unordered_source, &fastvdso_ns_page, id, &now, NULL)))
		return fastvdso_is_fine(id) ? now_ns_unordered_pvclock(id) : fastvdso_now_ns_slow(id);
	return fastvdso_reading_to_nsec(&now);
}

/* now_ns() with an unordered read of the counter. A steered clock is read as by now_ns(). */
ENTRY NOW_NS __s64 __fastvdso_now_ns_unordered(__s32 id)
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(id != FASTVDSO_MONOTONIC))
		return now_ns_unordered_any_clock(id);
	if (fastvdso_unlikely(!fastvdso_read_clock(&unordered_source, &fastvdso_ns_page,
						   FASTVDSO_MONOTONIC, &now, NULL)))
		return now_ns_unordered_pvclock_monotonic(id);
	return fastvdso_reading_to_nsec(&now);
}

static COLD __u64 ticks_any_source(void)
{
	struct fastvdso_source source;
	struct fastvdso_counter now;

	if (!fastvdso_find_source(&source, 1) ||
	    !fastvdso_mode_matches(&source, &source.page->hres[0].clock) ||
	    !fastvdso_read_counter(&source, &now, NULL))
		return 0;
	return fastvdso_counter_value(now);
}

/* Read the hypervisor's clock by a single attempt, or pass it on to @next. */
fastvdso_inline __u64 ticks_hypervisor(__u32 mode, __u64 (*next)(void))
{
	struct fastvdso_hypervisor_failure failure;
	struct fastvdso_counter now;

	if (fastvdso_unlikely(fastvdso_current_mode() != mode) ||
	    fastvdso_unlikely(!fastvdso_has_hypervisor_page(&fastvdso_ns_page)))
		return next();
	failure = fastvdso_arch_hypervisor_counter(mode, fastvdso_hypervisor_page, 0, NULL, &now);
	if (fastvdso_unlikely(failure.invalid | failure.changed))
		return ticks_any_source();
	return fastvdso_counter_value(now);
}

static NOINLINE HVCLOCK __u64 ticks_hvclock(void)
{
	return ticks_hypervisor(FASTVDSO_CLOCK_HVCLOCK, ticks_any_source);
}

static NOINLINE NOW_NS __u64 ticks_pvclock(void)
{
	return ticks_hypervisor(FASTVDSO_CLOCK_PVCLOCK, ticks_hvclock);
}

/* Read the counter that the clocks are made from, ordered like them. 0 if there is none. */
ENTRY __u64 __fastvdso_ticks(void)
{
	struct fastvdso_counter now;

	if (fastvdso_unlikely(fastvdso_current_mode() != FASTVDSO_CLOCK_COUNTER))
		return ticks_pvclock();
	fastvdso_arch_counter_barrier();
	now = fastvdso_arch_counter_halves();
	fastvdso_arch_counter_barrier();
	return fastvdso_counter_value(now);
}

/* Return 0 or -errno: -EOPNOTSUPP without a readable counter, -EINVAL for a clock not made from one. */
static int find_line(__s32 id, struct fastvdso_line *line, int *steered)
{
	struct fastvdso_source source;

	if (!fastvdso_find_source(&source, 1))
		return -FASTVDSO_EOPNOTSUPP;
	*steered = source.mode == FASTVDSO_CLOCK_STEERED;
	return fastvdso_read_line(&source, &fastvdso_ns_page, id, line);
}

ENTRY __s64 __fastvdso_ticks_to_ns(__s32 id, __u64 ticks)
{
	struct fastvdso_line line;
	int steered, ret = find_line(id, &line, &steered);

	return ret ? ret : fastvdso_line_ticks_to_ns(&line, ticks, steered);
}

ENTRY int __fastvdso_ns_to_ticks(__s32 id, __s64 nsec, __u64 *ticks)
{
	struct fastvdso_line line;
	int steered, ret = find_line(id, &line, &steered);

	return ret ? ret : fastvdso_line_ns_to_ticks(&line, nsec, ticks);
}

ENTRY int __fastvdso_counter_info(struct fastvdso_counter_info *info)
{
	static const char arch_name[] = FASTVDSO_ARCH_COUNTER_NAME;
	struct fastvdso_source source;
	struct fastvdso_line line;
	__u64 remainder;
	int i;

	for (i = 0; i < (int)(sizeof(*info) / sizeof(__u64)); i++)
		fastvdso_store(((__u64 *)info)[i], 0);
	if (!fastvdso_find_source(&source, 1) ||
	    fastvdso_read_line(&source, &fastvdso_ns_page, FASTVDSO_MONOTONIC_RAW, &line))
		return -FASTVDSO_EOPNOTSUPP;
	info->frequency = fastvdso_divide(((__u64)FASTVDSO_NSEC_PER_SEC << line.shift) + line.mult / 2,
					  line.mult, &remainder);
	info->resolution_fs = (__u64)line.mult * 1000000 >> line.shift;
	info->flags = source.page->counter_flags | FASTVDSO_COUNTER_SYNCHRONISED;
	info->clock_mode = source.mode;
	if (source.mode == FASTVDSO_CLOCK_STEERED) {
		for (i = 0; i < (int)sizeof(arch_name); i++)
			info->name[i] = arch_name[i];
	} else {
		struct fastvdso_time_info time;

		fastvdso_read_time_info(source.page, &time);
		for (i = 0; i < FASTVDSO_NAME_LEN; i++)
			info->name[i] = time.name[i];
	}
	return 0;
}

static COLD int snapshot_any_source(struct fastvdso_snapshot *snapshot)
{
	struct fastvdso_source source;

	if (!fastvdso_find_source(&source, 1) ||
	    !fastvdso_read_snapshot(&source, &fastvdso_ns_page, snapshot))
		return -FASTVDSO_EOPNOTSUPP;
	/* Generations are counted on the time page. */
	snapshot->generation = fastvdso_load(fastvdso_time_page.epoch[0].generation);
	if (fastvdso_load(fastvdso_time_page.getcpu_syscall))
		fastvdso_arch_syscall2(FASTVDSO_NR_getcpu, (long)&snapshot->cpu, &snapshot->node);
	return 0;
}

ENTRY int __fastvdso_snapshot(struct fastvdso_snapshot *snapshot)
{
	if (fastvdso_unlikely(!fastvdso_read_snapshot(&counter_source, &fastvdso_ns_page, snapshot)) ||
	    fastvdso_unlikely(fastvdso_load(fastvdso_time_page.getcpu_syscall)))
		return snapshot_any_source(snapshot);
	return 0;
}

#ifdef FASTVDSO_ARCH_CPU_BY_SYSCALL

/* Without CPU and node, except now and then: for the library, which may know them without a system call. */
ENTRY int __fastvdso_snapshot_clocks(struct fastvdso_snapshot *snapshot)
{
	if (fastvdso_unlikely(!fastvdso_read_snapshot(&counter_source, &fastvdso_ns_page, snapshot)))
		return snapshot_any_source(snapshot);
	return 0;
}

#endif
