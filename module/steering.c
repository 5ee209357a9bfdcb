// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the steered page, for clocksources that user space cannot read.
 *
 * The page is written after each pair, and in the timekeeper's own update, so that a step or a
 * slew of the kernel's clock is visible at once. steer.c and steer_line.c have the arithmetic.
 *
 * The lock is taken inside the timekeeper's critical section. So its holder must not read the
 * kernel's clocks, nor wait for anything: pairs are sampled before the lock is taken.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cpu_offset.h"
#include "internal.h"
#include "latch.h"
#include "steer.h"

/* A pair that took longer is not used. */
#define PAIR_MAX_NS		50000
/* No pair is used for this long after a loss. Each further loss doubles it, up to 64 times. */
#define HOLDOFF			HZ
#define HOLDOFF_DOUBLINGS	6
/* The doubling starts over if the last loss was longer ago than this. */
#define HOLDOFF_RESET		(60 * HZ)
/* Measurements are forgotten if steering was stopped for longer than this. */
#define MAX_PAUSE		(60 * HZ)

/* Protects the steered page, and everything below. */
static DEFINE_RAW_SPINLOCK(lock);
static struct steer steer;
static struct fastvdso_clocksource clocksource;
static struct fastvdso_epoch_writer epoch;
static bool clock_was_set;		/* since the page was last written */
static bool needed;			/* user space cannot read the clocksource */
static bool running;			/* this and `needed` are also read without the lock */
static unsigned long holdoff_until, lost_at, stopped_at;
static unsigned int doublings;

void fastvdso_steering_set_state(enum fastvdso_steering state)
{
	WRITE_ONCE(fastvdso_steered_page()->steering, state);
}

bool fastvdso_steering_needed(void)
{
	return READ_ONCE(needed);
}

/* True if the steered page must follow each update of the kernel's clocks. */
bool fastvdso_steering_is_running(void)
{
	return READ_ONCE(running);
}

static void write_page(struct fastvdso_update *update)
{
	fastvdso_epoch_update(&epoch, &update->hres.clock, clock_was_set);
	clock_was_set = false;
	update->epoch = epoch.epoch;
	fastvdso_latch_write(fastvdso_steered_page(), update, true);
}

/* Have readers make the system call. The lines go on when the page is published again. */
static void withdraw(void)
{
	struct fastvdso_update update;

	steer.kernel.clocksource = clocksource;
	fastvdso_steer_fill_nothing(&steer, &update);
	write_page(&update);
}

/*
 * Write the page as of now. The caller holds the lock, so it does not migrate. A CPU whose counter
 * is not measured cannot tell where the lines are.
 */
static void publish(void)
{
	struct fastvdso_update update;

	steer.kernel.clocksource = clocksource;
	steer.slack = fastvdso_counters_slack();
	if (!running || !fastvdso_cpu_number_is_with_counter() ||
	    !fastvdso_counters_is_measured(smp_processor_id()) ||
	    !fastvdso_steer_fill(&steer, fastvdso_sample_counter(), &update)) {
		withdraw();
		return;
	}
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACTIVE);
	write_page(&update);
}

/*
 * The kernel's clocks changed. Called inside the timekeeper's critical section: see
 * timekeeping.c. Returns true if fastvdso_steering_needed() changed.
 */
bool fastvdso_steering_update(const struct fastvdso_update *update, bool clocksource_changed)
{
	bool is_needed = update->hres.clock.clock_mode == FASTVDSO_CLOCK_NONE, need_changed;

	raw_spin_lock(&lock);
	clock_was_set |= clocksource_changed;
	if (clocksource_changed && memcmp(&clocksource, &update->clocksource, sizeof(clocksource))) {
		/* MONOTONIC_RAW has another rate with this clocksource. */
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

/* Sample a pair, widened by the slack of the CPU offsets. Returns false if it is too wide to use. */
static bool sample_usable_pair(struct steer_pair *pair)
{
	u64 slack = fastvdso_counters_slack(), took;

	if (!fastvdso_sample_pair(pair))
		return false;
	/* This CPU's offset may have been measured meanwhile: cover the old and the new one. */
	slack = max(slack, fastvdso_counters_slack());
	took = pair->after - pair->before;
	pair->before -= slack;
	pair->after += slack;
	return took + slack < fastvdso_ns_to_cycles(PAIR_MAX_NS);
}

/* Drop all that was measured, and hold off. The caller holds the lock. */
static void lose(void)
{
	fastvdso_steer_reset(&steer);
	fastvdso_counters_forget_all();
	if (!running)
		return;
	fastvdso_steering_set_state(FASTVDSO_STEERING_UNSTABLE);
	WRITE_ONCE(fastvdso_steered_page()->losses, fastvdso_steered_page()->losses + 1);
	if (time_after(jiffies, lost_at + HOLDOFF_RESET))
		doublings = 0;
	lost_at = jiffies;
	holdoff_until = jiffies + (HOLDOFF << doublings);
	if (doublings < HOLDOFF_DOUBLINGS)
		doublings++;
}

/* The counters are not what they were measured to be. Readers make the system call from now on. */
void fastvdso_steering_lose(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	lose();
	withdraw();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Sample a pair on this CPU, and publish. Returns true once fewer pairs will do. */
bool fastvdso_steering_take_pair(void)
{
	struct fastvdso_time_page *page = fastvdso_steered_page();
	struct steer_pair pair;
	unsigned long flags;
	u32 generation = fastvdso_counters_generation();
	bool usable = sample_usable_pair(&pair), lost = false, settled;

	raw_spin_lock_irqsave(&lock, flags);
	if (usable && running && generation == fastvdso_counters_generation() && steer.has_kernel &&
	    time_after_eq(jiffies, holdoff_until)) {
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
		pr_warn_ratelimited("CPU counters not steady, falling back to system calls\n");
	return settled;
}

void fastvdso_steering_start(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(running, true);
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	if (time_after(jiffies, stopped_at + MAX_PAUSE))
		fastvdso_steer_reset(&steer);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Measurements are kept for the next start. */
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

/* Forget all measurements: counters may stop or restart while the machine is suspended. */
void fastvdso_steering_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	fastvdso_steer_reset(&steer);
	fastvdso_counters_forget_all();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Measure this CPU's counter once more. Runs in a thread that is bound to the CPU. */
void fastvdso_steering_measure(void)
{
	struct fastvdso_measurement measurement;
	enum fastvdso_offset_change change;
	unsigned long flags;
	s64 offset = 0;

	fastvdso_counters_measure(&measurement);
	raw_spin_lock_irqsave(&lock, flags);
	change = fastvdso_counters_apply(&measurement);
	switch (change) {
	case FASTVDSO_OFFSET_KEEP:
		break;
	case FASTVDSO_OFFSET_NEW_SCALE:
		fastvdso_steer_reset(&steer);
		fallthrough;
	case FASTVDSO_OFFSET_CHANGE:
		withdraw();
		offset = fastvdso_counters_set_offset();
		publish();
		break;
	case FASTVDSO_OFFSET_CONTRADICTION:
		lose();
		withdraw();
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	if (change == FASTVDSO_OFFSET_CONTRADICTION)
		pr_warn_ratelimited("CPU %d: counter not steady, measuring all of them again\n",
				    raw_smp_processor_id());
	if (offset)
		pr_info_ratelimited("CPU %d: counter off by %lld cycles, correcting\n",
				    raw_smp_processor_id(), -offset);
}

/* A CPU goes offline. No thread measures it. */
void fastvdso_steering_forget(unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	fastvdso_counters_forget(cpu);
	raw_spin_unlock_irqrestore(&lock, flags);
}
