// SPDX-License-Identifier: GPL-2.0
/*
 * Before the device appears, and again when user space can read the clocksource for the first time:
 * compare the reader of the image, compiled into the module, with the kernel's own clocks. For the
 * same counter value both must give the same nanosecond. If the kernel's timekeeper differs from
 * what this module expects, the module refuses to load instead of publishing wrong times.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/pvclock_gtod.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "internal.h"
#include "kernel_reader.h"

/* Rounds to compare, and rounds that the timekeeper's updates may spoil. */
#define ROUNDS		1000
#define SPOILED_MAX	1000

struct expectation {
	const char *name;
	s32 id;
	s64 ns;
};

/* Each clock at the instant of the snapshot, which has two of them: offsets give the others. */
static void expect(struct expectation expected[5], const struct fastvdso_instant *snapshot)
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

/* 0 if all clocks agree, 1 if the timekeeper changed meanwhile, -EIO if they differ. */
static int compare(void)
{
	const struct fastvdso_time_page *page = fastvdso_time_page();
	/* Any mode: the snapshot has the counter value, whether user space could read it or not. */
	const struct fastvdso_source source = { page, fastvdso_load(page->hres[0].clock.clock_mode) };
	u32 seq = fastvdso_latch_read_begin(&page->hres[0].clock.seq);
	struct fastvdso_instant snapshot;
	struct expectation expected[5];
	s64 ours[ARRAY_SIZE(expected)];
	int i;

	if (!fastvdso_get_instant(&snapshot))
		return 1;
	expect(expected, &snapshot);
	fastvdso_fixed_counter = snapshot.cycles;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		struct fastvdso_reading now;

		/* The clock mode changed. */
		if (!fastvdso_read_clock(&source, fastvdso_root_namespace(), expected[i].id, &now,
					 NULL))
			return 1;
		ours[i] = fastvdso_reading_to_nsec(&now);
	}
	if (fastvdso_latch_read_retry(&page->hres[0].clock.seq, seq))
		return 1;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		if (ours[i] != expected[i].ns) {
			pr_err("self test: CLOCK_%s is %lld by the page, %lld by the kernel\n",
			       expected[i].name, ours[i], expected[i].ns);
			return -EIO;
		}
	}
	return 0;
}

static int selftest(void)
{
	int compared = 0, spoiled = 0;

	while (compared < ROUNDS && spoiled < SPOILED_MAX) {
		int ret = compare();

		if (ret < 0)
			return ret;
		compared += !ret;
		spoiled += ret;
	}
	if (compared)
		return 0;
	pr_err("self test: the kernel's clocks changed in each of %d comparisons\n", spoiled);
	return -EAGAIN;
}

static bool is_readable(void)
{
	return READ_ONCE(fastvdso_time_page()->hres[0].clock.clock_mode) != FASTVDSO_CLOCK_NONE;
}

static bool waiting;	/* for a clocksource that user space can read */

static void test_readable(struct work_struct *unused)
{
	if (!is_readable())
		return;
	WRITE_ONCE(waiting, false);
	if (!selftest()) {
		struct fastvdso_time_info time;

		fastvdso_read_time_info(fastvdso_time_page(), &time);
		pr_info("self test passed on clocksource %.*s\n", FASTVDSO_NAME_LEN, time.name);
		return;
	}
	pr_err("falling back to system calls for good\n");
	fastvdso_timekeeping_withdraw();
}

static DECLARE_WORK(test_work, test_readable);

static void queue_test(struct irq_work *unused)
{
	schedule_work(&test_work);
}

static struct irq_work test_irq_work;

/* After timekeeping.c's notifier, inside the timekeeper's critical section. */
static int clock_was_updated(struct notifier_block *nb, unsigned long was_set, void *unused)
{
	if (READ_ONCE(waiting) && was_set && is_readable())
		irq_work_queue(&test_irq_work);
	return NOTIFY_OK;
}

static struct notifier_block update_notifier = {
	.notifier_call = clock_was_updated,
};

int __init fastvdso_selftest_init(void)
{
	int ret = selftest();

	if (ret)
		return ret;
	init_irq_work(&test_irq_work, queue_test);
	waiting = !is_readable();
	return waiting ? pvclock_gtod_register_notifier(&update_notifier) : 0;
}

void fastvdso_selftest_exit(void)
{
	pvclock_gtod_unregister_notifier(&update_notifier);
	irq_work_sync(&test_irq_work);
	cancel_work_sync(&test_work);
}
