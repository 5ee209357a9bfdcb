// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the steered page: for kernels whose clocksource user space cannot read.
 * What it computes is in steer.c and steer_line.c; when pairs are made, in steering_control.c.
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
#include "latch.h"
#include "steer.h"

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
static bool needed;			/* user space cannot read the clocksource */
static bool running;			/* this and `needed` are read without the lock too */
static unsigned long held_off_until, lost_at, stopped_at;
static unsigned int doublings;

/* Publish the steering state. */
void fastvdso_steering_set_state(enum fastvdso_steering state)
{
	WRITE_ONCE(fastvdso_steered_page()->steering, state);
}

/* True if user space cannot read the clocksource. */
bool fastvdso_steering_needed(void)
{
	return READ_ONCE(needed);
}

/* True if the steered page follows the kernel's clocks, so that every update matters. */
bool fastvdso_steering_is_running(void)
{
	return READ_ONCE(running);
}

/* Write the page as of now. Under the lock, so on this CPU. */
static void publish(void)
{
	struct fastvdso_update update;

	steer.kernel.clocksource = clocksource;
	steer.slack = fastvdso_counters_slack();
	if (running && fastvdso_steer_fill(&steer, fastvdso_sample_counter(), &update))
		fastvdso_steering_set_state(FASTVDSO_STEERING_ACTIVE);
	else
		fastvdso_steer_fill_nothing(&steer, &update);
	fastvdso_epoch_update(&epoch, &update.hres.clock, was_set);
	was_set = false;
	update.epoch = epoch.epoch;
	fastvdso_latch_write(fastvdso_steered_page(), &update, true);
}

/*
 * From the notifier, inside the timekeeper's critical section: see timekeeping.c. Returns
 * true if fastvdso_steering_needed() has changed.
 */
bool fastvdso_steering_update(const struct fastvdso_update *update, bool clocksource_changed)
{
	bool is_needed = update->hres.clock.clock_mode == FASTVDSO_CLOCK_NONE, need_changed;

	raw_spin_lock(&lock);
	was_set |= clocksource_changed;
	if (clocksource_changed && memcmp(&clocksource, &update->clocksource, sizeof(clocksource))) {
		/* Its MONOTONIC_RAW has another rate. */
		clocksource = update->clocksource;
		fastvdso_steer_reset(&steer);
		if (running)
			fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	}
	need_changed = needed != is_needed;
	if (need_changed)
		WRITE_ONCE(needed, is_needed);
	if (running) {
		fastvdso_steer_kernel(&steer, &update->hres, &update->raw);
		publish();
	}
	raw_spin_unlock(&lock);
	return need_changed;
}

/* One that steering can use: allowing for what is not known of this CPU's counter. */
static bool make_usable_pair(struct steer_pair *pair)
{
	u64 slack = fastvdso_counters_slack(), took;

	fastvdso_sample_pair(pair);
	took = pair->after - pair->before;
	pair->before -= slack;
	pair->after += slack;
	return took + slack < fastvdso_ns_to_cycles(PAIR_MAX_NS);
}

/* Under the lock. */
static void lose(void)
{
	fastvdso_steer_reset(&steer);
	fastvdso_steering_set_state(FASTVDSO_STEERING_UNSTABLE);
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
	if (made && running && steer.has_kernel &&
	    time_after_eq(jiffies, held_off_until)) {
		if (page->steering == FASTVDSO_STEERING_UNSTABLE)
			fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
		WRITE_ONCE(page->pairings, page->pairings + 1);
		lost = !fastvdso_steer_pair(&steer, &pair);
		if (lost)
			lose();
		publish();
	}
	settled = fastvdso_steer_is_settled(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
	if (lost)
		pr_warn_ratelimited("a counter is not steady; falling back to system calls\n");
	return settled;
}

void fastvdso_steering_start(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(running, true);
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	if (time_after(jiffies, stopped_at + FORGET))
		fastvdso_steer_reset(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* What was measured is kept, for a start within FORGET. */
void fastvdso_steering_stop(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(running, false);
	fastvdso_steering_set_state(FASTVDSO_STEERING_IDLE);
	stopped_at = jiffies;
	fastvdso_steer_stop(&steer);
	publish();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Forget what was measured: counters may stop or restart while the machine is suspended. */
void fastvdso_steering_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	fastvdso_steer_reset(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
}
