// SPDX-License-Identifier: GPL-2.0
/*
 * Before the device appears: the reader that user space will run, run here, has to
 * give what the kernel's own clocks give, bit for bit for the same value of the
 * counter. A kernel whose timekeeper means something else than this module thinks
 * is refused, not served wrongly.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/ktime.h>

#include "compat.h"
#include "internal.h"
#include "kernel_reader.h"

/* Rounds that count, and rounds in which the kernel's clock was updated meanwhile. */
#define SELFTEST_ROUNDS		1000
#define SELFTEST_UPDATED_MAX	1000

struct expectation {
	const char *name;
	s32 id;
	s64 ns;
};

/* Each clock at the instant of the snapshot: it has two, the offsets give the others. */
static void __init expect(struct expectation expected[5], const struct fastvdso_instant *snapshot)
{
	s64 real = snapshot->real;
	s64 mono = real - ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_REAL));
	s64 boot = mono + ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_BOOT));
	s64 tai = mono + ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_TAI));

	expected[0] = (struct expectation) { "REALTIME", FASTVDSO_REALTIME, real };
	expected[1] = (struct expectation) { "MONOTONIC", FASTVDSO_MONOTONIC, mono };
	expected[2] = (struct expectation) { "BOOTTIME", FASTVDSO_BOOTTIME, boot };
	expected[3] = (struct expectation) { "TAI", FASTVDSO_TAI, tai };
	expected[4] = (struct expectation) { "MONOTONIC_RAW", FASTVDSO_MONOTONIC_RAW,
					     snapshot->raw };
}

/* 0 if all agree, 1 if an update came in between, or -EIO. */
static int __init selftest_round(void)
{
	const struct fastvdso_time_page *page = fastvdso_time_page();
	/* The snapshot has what the clocksource read, a counter or not. */
	const struct fastvdso_source source = { page, fastvdso_load(page->hres[0].clock.clock_mode) };
	u32 seq = fastvdso_latch_read_begin(&page->hres[0].clock.seq);
	struct fastvdso_instant snapshot;
	struct expectation expected[5];
	s64 ours[ARRAY_SIZE(expected)];
	int i;

	/* Nothing to compare while user space cannot read the clocksource. */
	if (source.mode == FASTVDSO_CLOCK_NONE)
		return 0;
	fastvdso_get_instant(&snapshot);
	expect(expected, &snapshot);
	fastvdso_fixed_counter = snapshot.cycles;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		struct fastvdso_reading now;

		/* Another clocksource meanwhile. */
		if (!fastvdso_read_clock(&source, fastvdso_root_namespace(), expected[i].id, &now,
					 NULL))
			return 1;
		ours[i] = fastvdso_reading_to_nsec(&now);
	}
	if (fastvdso_latch_read_retry(&page->hres[0].clock.seq, seq))
		return 1;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		if (ours[i] != expected[i].ns) {
			pr_err("self test: CLOCK_%s reads %lld from the page, %lld from the kernel\n",
			       expected[i].name, ours[i], expected[i].ns);
			return -EIO;
		}
	}
	return 0;
}

int __init fastvdso_selftest(void)
{
	int rounds = 0, updated = 0;

	while (rounds < SELFTEST_ROUNDS) {
		int ret = selftest_round();

		if (ret < 0)
			return ret;
		if (!ret)
			rounds++;
		else if (++updated > SELFTEST_UPDATED_MAX)
			break;
	}
	return 0;
}
