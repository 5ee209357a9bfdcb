// SPDX-License-Identifier: GPL-2.0
/*
 * The generation of random numbers on the time page. User space generates its own from keys that it gets
 * from the kernel, and fetches another key when the generation changes. docs/getrandom.md has the design.
 *
 * There is no timer: updates of the time page change the generation, and they happen whenever a CPU
 * executes user code.
 */
#include <linux/atomic.h>
#include <linux/fips.h>
#include <linux/kconfig.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/suspend.h>

#include "compat.h"
#include "internal.h"

/* The kernel reseeds its own generator after half of the time since boot, at most a minute. */
#define INTERVAL_SEC	60

static atomic64_t generation;
static u64 next_sec;	/* CLOCK_MONOTONIC_RAW of the next change; written by updates only */

/*
 * Two changes at once may be published in reverse order. That does no harm, because neither number was
 * on the page before. The kernel has reseeded before this is called, and the atomic operation is a full
 * barrier, so user space that reads the new number gets a new key.
 */
static void change_generation(void)
{
	WRITE_ONCE(fastvdso_time_page()->random_generation, atomic64_inc_return(&generation));
}

/*
 * Called in each update of the time page, in the timekeeper's critical section. @was_set covers the resume
 * from suspend, before any user code runs.
 */
void fastvdso_random_update(u64 raw_sec, bool was_set)
{
	/*
	 * Programs use the kernel's own vDSO where that has a generator. In FIPS mode they need a
	 * validated one, which some kernels have behind the system call.
	 */
	if (IS_ENABLED(CONFIG_VDSO_GETRANDOM) || fips_enabled)
		return;
	if ((!was_set && raw_sec < next_sec) || !rng_is_initialized())
		return;
	next_sec = raw_sec + clamp_t(u64, raw_sec / 2, 1, INTERVAL_SEC);
	change_generation();
}

/* This machine is a copy, or slept. The kernel has reseeded before, where it does so at all. */
static int reseeded(struct notifier_block *nb, unsigned long action, void *unused)
{
	if (atomic64_read(&generation))
		change_generation();
	return NOTIFY_OK;
}

static int suspend_or_resume(struct notifier_block *nb, unsigned long action, void *unused)
{
	return action == PM_POST_SUSPEND || action == PM_POST_HIBERNATION || action == PM_POST_RESTORE ?
	       reseeded(nb, action, unused) : NOTIFY_DONE;
}

static struct notifier_block vmfork_notifier = { .notifier_call = reseeded };
static struct notifier_block suspend_notifier = { .notifier_call = suspend_or_resume };

/* Must be called before the first update of the time page. */
int __init fastvdso_random_init(void)
{
	int ret = register_pm_notifier(&suspend_notifier);

	if (ret)
		return ret;
	ret = register_random_vmfork_notifier(&vmfork_notifier);
	if (ret)
		unregister_pm_notifier(&suspend_notifier);
	return ret;
}

/* Must be called after the last update of the time page. */
void fastvdso_random_exit(void)
{
	unregister_random_vmfork_notifier(&vmfork_notifier);
	unregister_pm_notifier(&suspend_notifier);
}
