// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the time page, and the only file that sees struct timekeeper.
 *
 * The notifier runs in the timekeeper's critical section, with interrupts off and its sequence
 * count odd, so it must not read the kernel's clocks, sleep, wake, allocate or print. The critical
 * section excludes other writers. The kernel has just updated its own vDSO data from the same
 * structure, so both vDSOs return the same nanosecond.
 */
#include <linux/hrtimer.h>
#include <linux/pvclock_gtod.h>
#include <linux/string.h>

#include "compat.h"
#include "internal.h"
#include "latch.h"

static struct fastvdso_time_page *page;
/*
 * Scratch space, valid only during an update. Static, because CONFIG_INIT_STACK_ALL_ZERO would
 * clear an on-stack copy on every tick.
 */
static struct fastvdso_update update;
/* The clocksource whose name and limits are on the page. */
static const struct clocksource *published;
static struct fastvdso_epoch_writer epoch;
static bool withdrawn;

/* The mode can change from one update to the next although the clocksource does not. */
static u8 clock_mode(const struct clocksource *clocksource, u32 max_delta)
{
	u8 mode = clocksource->shift <= 32 ? fastvdso_arch_clock_mode(clocksource)
					   : FASTVDSO_CLOCK_NONE;

	if (READ_ONCE(withdrawn))
		return FASTVDSO_CLOCK_NONE;
	/*
	 * Readers in counter mode skip the max_delta check. No known kernel picks mult/shift such
	 * that this triggers.
	 */
	return mode == FASTVDSO_CLOCK_COUNTER && max_delta != U32_MAX ? FASTVDSO_CLOCK_NONE : mode;
}

static void fill_clock(struct fastvdso_clock *clock, const struct tk_read_base *tkr,
		       u32 max_delta, u8 mode)
{
	clock->mult = tkr->mult;
	fastvdso_clock_set(clock, tkr->cycle_last, tkr->xtime_nsec);
	clock->max_delta = max_delta;
	clock->shift = tkr->shift;
	clock->clock_mode = mode;
}

static void fill_hres(struct fastvdso_hres *hres, const struct timekeeper *tk)
{
	hres->real_sec = tk->xtime_sec;
	hres->mono_sec = tk->xtime_sec + tk->wall_to_monotonic.tv_sec;
	hres->mono_nsec = tk->wall_to_monotonic.tv_nsec;
	hres->boot_sec = tk->monotonic_to_boot.tv_sec;
	hres->boot_nsec = tk->monotonic_to_boot.tv_nsec;
	hres->tai_offset = tk->tai_offset;
}

static void fill_raw(struct fastvdso_raw *raw, const struct timekeeper *tk)
{
	u32 real_nsec = fastvdso_coarse_nsec(tk);
	u32 mono_nsec = real_nsec + tk->wall_to_monotonic.tv_nsec;
	s64 mono_sec = tk->xtime_sec + tk->wall_to_monotonic.tv_sec;

	if (mono_nsec >= NSEC_PER_SEC) {
		mono_nsec -= NSEC_PER_SEC;
		mono_sec++;
	}
	raw->raw_sec = tk->raw_sec;
	raw->real_coarse_sec = tk->xtime_sec;
	raw->real_coarse_nsec = real_nsec;
	raw->mono_coarse_sec = mono_sec;
	raw->mono_coarse_nsec = mono_nsec;
}

static void fill_clocksource(struct fastvdso_clocksource *to, const struct clocksource *from)
{
	memset(to, 0, sizeof(*to));
	to->mask = from->mask;
	to->max_cycles = from->max_cycles;
	strscpy(to->name, from->name, sizeof(to->name));
}

static int timekeeping_update(struct notifier_block *nb, unsigned long was_set, void *priv)
{
	const struct timekeeper *tk = priv;
	struct clocksource *clocksource = tk->tkr_mono.clock;
	/* was_set covers a new clocksource at the address of an old one. */
	bool clocksource_changed = was_set || clocksource != published;
	u32 max_delta = min_t(u64, clocksource->max_cycles, U32_MAX);
	u8 mode = clock_mode(clocksource, max_delta);
	bool rare_changed;

	/* Both clocks use the same clocksource. */
	fill_clock(&update.hres.clock, &tk->tkr_mono, max_delta, mode);
	fill_clock(&update.raw.clock, &tk->tkr_raw, max_delta, mode);
	fill_hres(&update.hres, tk);
	fill_raw(&update.raw, tk);
	rare_changed = fastvdso_epoch_update(&epoch, &update.hres.clock, clocksource_changed);
	if (rare_changed) {
		fill_clocksource(&update.clocksource, clocksource);
		/* Counter values between cycle_last and now belong to the previous epoch. */
		if (mode != FASTVDSO_CLOCK_NONE)
			epoch.epoch.since = clocksource->read(clocksource);
		update.epoch = epoch.epoch;
		published = clocksource;
	}
	fastvdso_latch_write(page, &update, rare_changed);
	fastvdso_random_update(tk->raw_sec, was_set);
	if (page->hrtimer_res != hrtimer_resolution)
		fastvdso_store(page->hrtimer_res, hrtimer_resolution);
	if ((clocksource_changed || fastvdso_steering_sees_updates()) &&
	    fastvdso_steering_update(&update, clocksource, clocksource_changed))
		fastvdso_steering_recheck();
	return NOTIFY_OK;
}

static struct notifier_block timekeeping_notifier = {
	.notifier_call = timekeeping_update,
};

/* Have readers make the system call for good, from the next update on. */
void fastvdso_timekeeping_withdraw(void)
{
	WRITE_ONCE(withdrawn, true);
}

/* Registering calls the notifier once, so the page is filled when this returns. */
int __init fastvdso_timekeeping_init(void)
{
	page = fastvdso_time_page();
	return pvclock_gtod_register_notifier(&timekeeping_notifier);
}

void fastvdso_timekeeping_exit(void)
{
	pvclock_gtod_unregister_notifier(&timekeeping_notifier);
}
