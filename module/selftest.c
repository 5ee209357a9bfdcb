// SPDX-License-Identifier: GPL-2.0
/*
 * Before the device appears: the reader that user space will run, run here, has
 * to lie between two readings of the kernel's own clock. A kernel whose
 * timekeeper means something else than this module thinks is refused, not
 * served wrongly.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>

#include "internal.h"
#include "kernel_reader.h"

#define SELFTEST_ROUNDS		1000

static s64 mono_coarse_ns(void)
{
	return ktime_to_ns(ktime_get_coarse());
}

static s64 mono_ns(void)
{
	return ktime_to_ns(ktime_get());
}

static s64 raw_ns(void)
{
	return ktime_to_ns(ktime_get_raw());
}

static s64 boot_ns(void)
{
	return ktime_to_ns(ktime_get_boottime());
}

static const struct {
	const char *name;
	s32 id;
	s64 (*kernel)(void);
} clocks[] = {
	/* Those that nobody can set back while the test runs. */
	{ "MONOTONIC", FASTVDSO_MONOTONIC, mono_ns },
	{ "MONOTONIC_RAW", FASTVDSO_MONOTONIC_RAW, raw_ns },
	{ "BOOTTIME", FASTVDSO_BOOTTIME, boot_ns },
	{ "MONOTONIC_COARSE", FASTVDSO_MONOTONIC_COARSE, mono_coarse_ns },
};

static int __init selftest_clock(int clock)
{
	const struct fastvdso_ns_page *ns = page_address(fastvdso_page(FASTVDSO_PAGE_NS));
	const struct fastvdso_time_page *page = fastvdso_time_page();
	int round;

	for (round = 0; round < SELFTEST_ROUNDS; round++) {
		struct fastvdso_reading now;
		s64 before, after, ours;

		before = clocks[clock].kernel();
		if (!fastvdso_read_clock(ns, page, clocks[clock].id, &now))
			return 0;
		after = clocks[clock].kernel();
		ours = fastvdso_reading_to_nsec(&now);
		if (ours < before || ours > after) {
			pr_err("self test: %s reads %lld, the kernel %lld to %lld\n",
			       clocks[clock].name, ours, before, after);
			return -EIO;
		}
	}
	return 0;
}

int __init fastvdso_selftest(void)
{
	int clock, ret;

	for (clock = 0; clock < ARRAY_SIZE(clocks); clock++) {
		ret = selftest_clock(clock);
		if (ret)
			return ret;
	}
	return 0;
}
