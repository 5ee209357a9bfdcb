// SPDX-License-Identifier: GPL-2.0
/*
 * When steering runs: the parameters steered= and steered_by=, timers, CPU hotplug and suspend.
 *
 * Steering runs while the pages are mapped, user space cannot read the clocksource, and it is possible: see
 * fastvdso_steering_is_possible(). Then a
 * timer on each CPU makes pairs. It is deferrable, so that idle CPUs are not woken. Another timer
 * is not deferrable, and may run on any CPU, so that the kernel updates its clocks, and with them the
 * steered page, on a machine that is otherwise idle.
 *
 * Isolated CPUs (isolcpus=, nohz_full=) are left alone: nothing is queued there, and nothing interrupts
 * them. steering.c measures such a CPU in the updates that it makes itself, if it makes any. Until then
 * its readers make system calls.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "internal.h"

/* How often each CPU makes a pair, at most. */
#define PERIOD_MS		100
/* Steering goes on for this long after the last mapping is gone, in case another follows. */
#define LINGER			HZ
/* Attempts to measure a CPU in a row. */
#define MEASURE_ATTEMPTS	5

enum policy { POLICY_OFF, POLICY_ON, POLICY_ALL };
static const char *const policy_names[] = { "off", "on", "all" };
static char *steered = "on";
module_param(steered, charp, 0444);
MODULE_PARM_DESC(steered, "steer clocks if user space cannot read the clocksource: off, on (on request), all");

static char *steered_by = "anyone";
module_param(steered_by, charp, 0444);
MODULE_PARM_DESC(steered_by, "whose mappings have clocks steered: anyone, CAP_SYS_NICE");

/* All are set once, when the module is loaded. */
static enum policy policy;
static bool privileged_only;	/* steered_by=CAP_SYS_NICE */
static bool enabled;		/* by the policy, and supported by the machine */

static void control(struct work_struct *work);
static DECLARE_DELAYED_WORK(control_work, control);
static atomic_long_t mappings;
static unsigned long unmapped_at;	/* when a mapping was last closed, in jiffies */
static bool running;		/* written by start_or_stop() under cpus_read_lock() */
static bool suspended;
static enum cpuhp_state hotplug_state;

struct cpu_works {
	struct delayed_work pair;
	struct work_struct measure;
	int cpu;
};

static DEFINE_PER_CPU(struct cpu_works, cpu_works);
static void pair_on_any_cpu(struct work_struct *work);
static DECLARE_DELAYED_WORK(any_cpu_work, pair_on_any_cpu);

/*
 * The steering flag of a namespace page. @requested: by the process that maps it. Without the flag a call
 * takes the shortest way to the system call.
 */
u32 fastvdso_steering_flags(bool requested)
{
	requested &= enabled && fastvdso_steering_is_possible();
	return policy == POLICY_ALL || requested ? FASTVDSO_NS_STEERED : 0;
}

/* May mappings by current cause steering? */
bool fastvdso_steering_is_permitted(void)
{
	return !privileged_only || ns_capable_noaudit(&init_user_ns, CAP_SYS_NICE);
}

static void schedule_control(unsigned long delay)
{
	mod_delayed_work(system_dfl_wq, &control_work, delay);
}

static void recheck(struct irq_work *work)
{
	schedule_control(0);
}

static struct irq_work recheck_work;

/* fastvdso_steering_update() found something to do. May be called from any context. */
void fastvdso_steering_recheck(void)
{
	if (enabled)
		irq_work_queue(&recheck_work);
}

/* Readers find a CPU's offset by the CPU number that they read: without it, stop at once. */
static void check_cpu_number(void)
{
	if (fastvdso_cpu_number_recheck())
		return;
	fastvdso_steering_lose_cpu_number();
	schedule_control(0);
}

/* The delay until this CPU's next pair. CPUs are out of phase, so that they do not wait for each other. */
static unsigned long delay_of_pair(unsigned int cpu)
{
	unsigned long period = msecs_to_jiffies(PERIOD_MS);
	unsigned long pause = msecs_to_jiffies(fastvdso_steering_pause_ms());
	unsigned long wait = pause > period ? pause - period : 0;

	return wait + period - (jiffies + wait + period * cpu / nr_cpu_ids) % period;
}

static void start_timer(unsigned int cpu)
{
	if (fastvdso_cpu_is_isolated(cpu))
		return;
	mod_delayed_work_on(cpu, system_percpu_wq, &per_cpu(cpu_works, cpu).pair, delay_of_pair(cpu));
}

static void pair_on_cpu(struct work_struct *work)
{
	struct cpu_works *works = container_of(to_delayed_work(work), struct cpu_works, pair);

	if (!READ_ONCE(running) || fastvdso_cpu_is_isolated(works->cpu))
		return;
	check_cpu_number();
	if (!fastvdso_counters_is_measured(works->cpu) && !fastvdso_steering_is_held_off() &&
	    fastvdso_counters_uncertainty(works->cpu))
		fastvdso_steering_measure();
	fastvdso_steering_take_pair();
	schedule_delayed_work_on(works->cpu, &works->pair, delay_of_pair(works->cpu));
}

/* Measure this CPU, until its offset is good enough to be used. */
static void measure_cpu(unsigned int cpu)
{
	int attempt;

	for (attempt = 0; attempt < MEASURE_ATTEMPTS; attempt++) {
		if (attempt)
			usleep_range(500, 1000);
		fastvdso_steering_measure();
		if (fastvdso_counters_is_measured(cpu))
			break;
	}
}

/* The work of a CPU that went offline runs elsewhere. */
static void measure_on_cpu(struct work_struct *work)
{
	int cpu = container_of(work, struct cpu_works, measure)->cpu;

	if (is_percpu_thread() && raw_smp_processor_id() == cpu)
		measure_cpu(cpu);
}

/* Have the least precise CPU measured once more. Do not wait for CPUs that are kept from doing so. */
static void measure_least_precise_cpu(void)
{
	unsigned int cpu, least = nr_cpu_ids;
	u64 most = 0;

	for_each_online_cpu(cpu) {
		u64 uncertainty = fastvdso_counters_uncertainty(cpu);

		if (uncertainty > most && !fastvdso_cpu_is_isolated(cpu) &&
		    !work_pending(&per_cpu(cpu_works, cpu).measure)) {
			most = uncertainty;
			least = cpu;
		}
	}
	if (least < nr_cpu_ids)
		schedule_work_on(least, &per_cpu(cpu_works, least).measure);
}

/*
 * If all CPUs were idle, this has the kernel update its clocks, and the update makes a pair. If an isolated
 * CPU makes the updates, it needs the pair of another.
 */
static void pair_on_any_cpu(struct work_struct *work)
{
	if (!READ_ONCE(running))
		return;
	check_cpu_number();
	if (!fastvdso_steering_is_held_off())
		measure_least_precise_cpu();
	fastvdso_steering_take_pair();
	queue_delayed_work(system_dfl_wq, &any_cpu_work, msecs_to_jiffies(fastvdso_steering_pause_ms()));
}

/* Runs on the CPU itself, before user space does. */
static int steering_cpu_online(unsigned int cpu)
{
	check_cpu_number();
	if (!fastvdso_cpu_is_isolated(cpu))
		measure_cpu(cpu);
	if (running)
		start_timer(cpu);
	return 0;
}

/* Runs on the CPU itself, so its works can run whenever this can. */
static int steering_cpu_offline(unsigned int cpu)
{
	cancel_delayed_work_sync(&per_cpu(cpu_works, cpu).pair);
	cancel_work_sync(&per_cpu(cpu_works, cpu).measure);
	fastvdso_steering_forget(cpu);
	return 0;
}

/* For how many jiffies steering still goes on without a mapping. */
static unsigned long rest_of_linger(void)
{
	unsigned long now = jiffies, end = READ_ONCE(unmapped_at) + LINGER;

	return time_before(now, end) ? end - now : 0;
}

static bool is_mapped(void)
{
	return atomic_long_read_acquire(&mappings) > 0;	/* pairs with fastvdso_steering_put() */
}

/* Start or stop steering. Nothing else does, and this does not run twice at the same time. */
static void start_or_stop(void)
{
	bool wanted = enabled && !READ_ONCE(suspended) && fastvdso_steering_needed() &&
		      (is_mapped() || (running && rest_of_linger())) && fastvdso_steering_is_possible();
	unsigned int cpu;

	if (wanted == running)
		return;
	/* A work that runs now ends by itself: waiting for it here would block CPU hotplug. */
	cpus_read_lock();
	WRITE_ONCE(running, wanted);
	if (wanted)
		fastvdso_steering_start();
	else
		fastvdso_steering_stop();
	for_each_online_cpu(cpu) {
		if (wanted)
			start_timer(cpu);
		else
			cancel_delayed_work(&per_cpu(cpu_works, cpu).pair);
	}
	cpus_read_unlock();
	if (!wanted)
		cancel_delayed_work(&any_cpu_work);
}

static void control(struct work_struct *work)
{
	fastvdso_steering_check_host();
	start_or_stop();
	/* CPUs may have to be measured. */
	if (running)
		mod_delayed_work(system_dfl_wq, &any_cpu_work, 0);
	/* This may have run for another reason, and before the end of the linger. */
	if (running && !is_mapped())
		schedule_control(rest_of_linger());
	fastvdso_steering_report();
	fastvdso_steering_settle_state();
}

/* A mapping of the data pages was made that may cause steering. */
void fastvdso_steering_get(void)
{
	if (atomic_long_inc_return(&mappings) == 1 && enabled)
		schedule_control(0);
}

void fastvdso_steering_put(void)
{
	WRITE_ONCE(unmapped_at, jiffies);
	if (atomic_long_dec_and_test(&mappings) && enabled)
		schedule_control(LINGER);
}

static int suspend_or_resume(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		WRITE_ONCE(suspended, true);
		schedule_control(0);
		flush_delayed_work(&control_work);
		fastvdso_steering_reset();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		WRITE_ONCE(suspended, false);
		schedule_control(0);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block suspend_notifier = {
	.notifier_call = suspend_or_resume,
};

/* Must be called before the first update of the time page. */
int __init fastvdso_steering_control_init(void)
{
	int ret, cpu;

	ret = match_string(policy_names, ARRAY_SIZE(policy_names), steered);
	if (ret < 0) {
		pr_err("invalid steered=%s (expected off, on or all)\n", steered);
		return -EINVAL;
	}
	policy = ret;
	privileged_only = !strcmp(steered_by, "CAP_SYS_NICE");
	if (!privileged_only && strcmp(steered_by, "anyone")) {
		pr_err("invalid steered_by=%s (expected anyone or CAP_SYS_NICE)\n", steered_by);
		return -EINVAL;
	}
	init_irq_work(&recheck_work, recheck);
	for_each_possible_cpu(cpu) {
		struct cpu_works *works = per_cpu_ptr(&cpu_works, cpu);

		works->cpu = cpu;
		INIT_DEFERRABLE_WORK(&works->pair, pair_on_cpu);
		INIT_WORK(&works->measure, measure_on_cpu);
	}
	if (policy == POLICY_OFF) {
		fastvdso_steering_set_state(FASTVDSO_STEERING_FORBIDDEN);
		return 0;
	}
	if (!fastvdso_arch_can_steer() || nr_cpu_ids > FASTVDSO_CPUS ||
	    !fastvdso_cpu_number_is_with_counter()) {
		fastvdso_steering_set_state(FASTVDSO_STEERING_UNSUPPORTED);
		return 0;
	}
	fastvdso_steering_check_host();
	fastvdso_steering_settle_state();
	fastvdso_steering_reset();
	ret = register_pm_notifier(&suspend_notifier);
	if (ret)
		return ret;
	cpus_read_lock();
	ret = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_AP_ONLINE_DYN, "fastvdso:online",
						   steering_cpu_online, steering_cpu_offline);
	if (ret >= 0) {
		hotplug_state = ret;
		enabled = true;
		for_each_online_cpu(cpu) {
			if (!fastvdso_cpu_is_isolated(cpu))
				schedule_work_on(cpu, &per_cpu(cpu_works, cpu).measure);
		}
	}
	cpus_read_unlock();
	if (ret < 0)
		unregister_pm_notifier(&suspend_notifier);
	return ret < 0 ? ret : 0;
}

/*
 * Must be called after the last update of the time page. No process has the pages mapped. Works are
 * waited for last, with no lock held, and only those that have begun.
 */
void fastvdso_steering_control_exit(void)
{
	int cpu;

	if (!enabled)
		return;
	irq_work_sync(&recheck_work);
	unregister_pm_notifier(&suspend_notifier);
	enabled = false;
	schedule_control(0);
	flush_delayed_work(&control_work);
	cpuhp_remove_state_nocalls(hotplug_state);
	cancel_delayed_work_sync(&any_cpu_work);
	for_each_possible_cpu(cpu) {
		cancel_delayed_work_sync(&per_cpu(cpu_works, cpu).pair);
		cancel_work_sync(&per_cpu(cpu_works, cpu).measure);
	}
	cancel_delayed_work_sync(&control_work);
	fastvdso_counters_exit();
}
