// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the steered page: for kernels whose clocksource user space cannot read.
 * What it computes is in steer.h and steer_line.h; when pairs are made, in steering_control.c.
 *
 * The page is written after each pair, and in the timekeeper's own update, so that a
 * step or a slew of the kernel's clock shows at once.
 *
 * The lock is taken inside the timekeeper's critical section. Who holds it must
 * not read the kernel's clocks, nor wait for anything: pairs are made before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"
#include "kernel_reader.h"
#include "steer_line.h"

/* A pair that took longer is not used. */
#define PAIR_MAX_NS		50000
/* After a loss, before it is tried again: doubled by each further one, up to 64 times. */
#define HOLDOFF			HZ
#define HOLDOFF_DOUBLINGS	6
/* A loss is forgiven after so long, and what was measured is old. */
#define FORGIVE			(60 * HZ)
#define FORGET			(60 * HZ)

/* Under the lock, with the steered page. */
static DEFINE_RAW_SPINLOCK(lock);
static struct steer steer;
static struct fastvdso_clocksource clocksource;
static struct fastvdso_epoch_writer epoch;
static bool was_set;			/* the kernel's clocks, since the page was written */
static bool counter_serves = true;	/* user space can read the clocksource: nothing to do */
bool fastvdso_steering_runs;		/* read without it too */
static unsigned long held_off_until, lost_at, stopped_at;
static unsigned int doublings;

/* What the page says of itself. */
void fastvdso_steering_say(enum fastvdso_steering what)
{
	WRITE_ONCE(fastvdso_steered_page()->steering, what);
}

/* True if user space can read the clocksource, so that nothing is to be steered. */
bool fastvdso_steering_is_needless(void)
{
	return READ_ONCE(counter_serves);
}

/* Write the page as of now. Under the lock, so on this CPU. */
static void publish(void)
{
	struct fastvdso_update update;

	steer.kernel.clocksource = clocksource;
	steer.slack = fastvdso_counters_slack();
	if (fastvdso_steering_runs && steer_fill(&steer, fastvdso_counter(), &update))
		fastvdso_steering_say(FASTVDSO_STEERING_ACTIVE);
	else
		steer_fill_nothing(&steer, &update);
	fastvdso_epoch_update(&epoch, &update.hres.clock, was_set);
	was_set = false;
	update.epoch = epoch.epoch;
	fastvdso_latch_write(fastvdso_steered_page(), &update, true);
}

/* From the notifier, inside the timekeeper's critical section: see timekeeping.c. */
void fastvdso_steering_update(const struct fastvdso_update *update, bool clocksource_changed)
{
	bool serves = update->hres.clock.clock_mode != FASTVDSO_CLOCK_NONE;

	raw_spin_lock(&lock);
	was_set |= clocksource_changed;
	if (clocksource_changed && memcmp(&clocksource, &update->clocksource, sizeof(clocksource))) {
		/* Its MONOTONIC_RAW has another rate. */
		clocksource = update->clocksource;
		steer_reset(&steer);
		if (fastvdso_steering_runs)
			fastvdso_steering_say(FASTVDSO_STEERING_ACQUIRING);
	}
	if (counter_serves != serves) {
		WRITE_ONCE(counter_serves, serves);
		fastvdso_steering_recheck();
	}
	if (fastvdso_steering_runs) {
		steer_kernel(&steer, &update->hres, &update->raw);
		publish();
	}
	raw_spin_unlock(&lock);
}

/* One that steering can use: allowing for what is not known of this CPU's counter. */
static bool make_usable_pair(struct steer_pair *pair)
{
	u64 slack = fastvdso_counters_slack(), took;

	fastvdso_make_pair(pair);
	took = pair->after - pair->before;
	pair->before -= slack;
	pair->after += slack;
	return took + slack < fastvdso_ns_to_cycles(PAIR_MAX_NS);
}

/* Under the lock. */
static void lose(void)
{
	steer_reset(&steer);
	fastvdso_steering_say(FASTVDSO_STEERING_UNSTABLE);
	WRITE_ONCE(fastvdso_steered_page()->losses, fastvdso_steered_page()->losses + 1);
	if (time_after(jiffies, lost_at + FORGIVE))
		doublings = 0;
	lost_at = jiffies;
	held_off_until = jiffies + (HOLDOFF << doublings);
	if (doublings < HOLDOFF_DOUBLINGS)
		doublings++;
}

/* What was known of the counters is worth nothing: counters.c changes it. */
void fastvdso_steering_lose(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	lose();
	publish();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* One pair, and the page after it. Returns true once there is time for fewer. */
bool fastvdso_steering_take_pair(void)
{
	struct fastvdso_time_page *page = fastvdso_steered_page();
	struct steer_pair pair;
	unsigned long flags;
	bool made = make_usable_pair(&pair), lost = false, settled;

	raw_spin_lock_irqsave(&lock, flags);
	if (made && fastvdso_steering_runs && steer.has_kernel &&
	    time_after_eq(jiffies, held_off_until)) {
		if (page->steering == FASTVDSO_STEERING_UNSTABLE)
			fastvdso_steering_say(FASTVDSO_STEERING_ACQUIRING);
		WRITE_ONCE(page->pairings, page->pairings + 1);
		lost = steer_pair(&steer, &pair) < 0;
		if (lost)
			lose();
		publish();
	}
	settled = steer_is_settled(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
	if (lost)
		pr_warn_ratelimited("a counter is not steady; falling back to system calls\n");
	return settled;
}

/* What is known of the counters is kept when it stops, for the next time, if that is soon. */
void fastvdso_steering_run(bool on)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(fastvdso_steering_runs, on);
	fastvdso_steering_say(on ? FASTVDSO_STEERING_ACQUIRING : FASTVDSO_STEERING_IDLE);
	if (on) {
		if (time_after(jiffies, stopped_at + FORGET))
			steer_reset(&steer);
	} else {
		stopped_at = jiffies;
		steer_stop(&steer);
		publish();
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Counters may stop, or start anew, while the machine sleeps. */
void fastvdso_steering_forget(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	steer_reset(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
}
