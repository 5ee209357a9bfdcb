// SPDX-License-Identifier: GPL-2.0
/*
 * When steering runs, and when it pairs the CPUs' counters with the kernel's clock.
 *
 * While somebody has the pages mapped and the clocksource wants it, a timer on every CPU
 * makes pairs. It is deferrable: a CPU that idles is not woken. One more, on whichever
 * CPU it finds, is not: a program that wakes for a moment and sleeps again wants the
 * time too.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "internal.h"

/* How often each CPU makes a pair: while the rate is being found, and then. */
#define PERIOD_ACQUIRE_MS	10
#define PERIOD_MS		100
/* The timer goes on for so long after the last process has gone: another may come. */
#define LINGER			HZ

enum policy { POLICY_OFF, POLICY_ON, POLICY_ALL };
static const char *const policy_names[] = { "off", "on", "all" };
static char *steered = "on";
module_param(steered, charp, 0444);
MODULE_PARM_DESC(steered, "steer clocks where user space cannot read the clocksource: off, on (who asks), all");

/* Both are set once, when the module is loaded. */
static enum policy policy;
static bool enabled;	/* the policy and the machine allow steering */

/* The control work alone starts and stops; it is never two at a time. */
static void control(struct work_struct *work);
static DECLARE_DELAYED_WORK(control_work, control);
static atomic_t users;
static bool running;	/* changed while CPUs neither come nor go */
static bool asleep;
static enum cpuhp_state hotplug_state;

struct pairing {
	struct delayed_work work;
	int cpu;
};

static DEFINE_PER_CPU(struct pairing, pairing);
static void pair_somewhere(struct work_struct *work);
static DECLARE_DELAYED_WORK(pair_somewhere_work, pair_somewhere);

/* What of its wishes a process gets: flags of the namespace page. */
u32 fastvdso_steering_flags(bool requested)
{
	return policy == POLICY_ALL || (requested && enabled) ? FASTVDSO_NS_STEERED : 0;
}

static void control_after(unsigned long delay)
{
	cancel_delayed_work(&control_work);
	schedule_delayed_work(&control_work, delay);
}

static void control_at_once(struct irq_work *work)
{
	control_after(0);
}

static struct irq_work control_irq_work;

/* Something has changed that the control work may care for. From any context. */
void fastvdso_steering_recheck(void)
{
	if (enabled)
		irq_work_queue(&control_irq_work);
}

/* Takes a pair; returns after how long to take the next one. */
static unsigned long pair(void)
{
	return msecs_to_jiffies(fastvdso_steering_take_pair() ? PERIOD_MS : PERIOD_ACQUIRE_MS);
}

static void pair_on_cpu(struct work_struct *work)
{
	struct pairing *this = container_of(to_delayed_work(work), struct pairing, work);

	schedule_delayed_work_on(this->cpu, &this->work, pair());
}

static void pair_somewhere(struct work_struct *work)
{
	unsigned int cpu;

	cpus_read_lock();
	if (fastvdso_counters_refine(&cpu)) {
		fastvdso_steering_lose();
		fastvdso_counters_set_offset(cpu);
	}
	cpus_read_unlock();
	schedule_delayed_work(&pair_somewhere_work, pair());
}

static void start_on_cpu(unsigned int cpu)
{
	schedule_delayed_work_on(cpu, &per_cpu(pairing, cpu).work, 0);
}

/* On the CPU itself, before anything of user space runs there. */
static int steering_cpu_online(unsigned int cpu)
{
	fastvdso_counters_online(cpu);
	if (running)
		start_on_cpu(cpu);
	return 0;
}

static int steering_cpu_offline(unsigned int cpu)
{
	cancel_delayed_work_sync(&per_cpu(pairing, cpu).work);
	fastvdso_counters_offline(cpu);
	return 0;
}

static void control(struct work_struct *work)
{
	bool wanted = enabled && !READ_ONCE(asleep) && fastvdso_steering_needed() &&
		      atomic_read(&users) > 0;
	unsigned int cpu;

	if (wanted == running)
		return;
	cpus_read_lock();
	running = wanted;
	if (wanted)
		fastvdso_steering_start();
	else
		fastvdso_steering_stop();
	for_each_online_cpu(cpu) {
		if (wanted)
			start_on_cpu(cpu);
		else
			cancel_delayed_work_sync(&per_cpu(pairing, cpu).work);
	}
	cpus_read_unlock();
	/* This one waits for that lock itself. */
	if (wanted)
		schedule_delayed_work(&pair_somewhere_work, 0);
	else
		cancel_delayed_work_sync(&pair_somewhere_work);
}

/* A mapping of the page came, or went. */
void fastvdso_steering_get(void)
{
	if (atomic_inc_return(&users) == 1 && enabled)
		control_after(0);
}

void fastvdso_steering_put(void)
{
	if (atomic_dec_and_test(&users) && enabled)
		control_after(LINGER);
}

static int sleep_or_wake(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		WRITE_ONCE(asleep, true);
		control_after(0);
		flush_delayed_work(&control_work);
		fastvdso_steering_reset();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		WRITE_ONCE(asleep, false);
		control_after(0);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block sleep_notifier = {
	.notifier_call = sleep_or_wake,
};

/* Before the first update of the time page. */
int __init fastvdso_steering_control_init(void)
{
	int ret, cpu;

	ret = match_string(policy_names, ARRAY_SIZE(policy_names), steered);
	if (ret < 0) {
		pr_err("invalid steered=%s (expected off, on or all)\n", steered);
		return -EINVAL;
	}
	policy = ret;
	init_irq_work(&control_irq_work, control_at_once);
	for_each_possible_cpu(cpu) {
		per_cpu(pairing, cpu).cpu = cpu;
		INIT_DEFERRABLE_WORK(&per_cpu(pairing, cpu).work, pair_on_cpu);
	}
	if (policy == POLICY_OFF) {
		fastvdso_steering_set_state(FASTVDSO_STEERING_FORBIDDEN);
		return 0;
	}
	if (!fastvdso_arch_can_steer() || nr_cpu_ids > FASTVDSO_CPUS) {
		fastvdso_steering_set_state(FASTVDSO_STEERING_UNSUPPORTED);
		return 0;
	}
	fastvdso_steering_set_state(FASTVDSO_STEERING_IDLE);
	/* Calls steering_cpu_online() for each CPU that is online now. */
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "fastvdso:online", steering_cpu_online,
				steering_cpu_offline);
	if (ret < 0)
		return ret;
	hotplug_state = ret;
	ret = register_pm_notifier(&sleep_notifier);
	if (ret) {
		cpuhp_remove_state(hotplug_state);
		return ret;
	}
	enabled = true;
	return 0;
}

/* After the last update of the time page; nobody has it mapped. */
void fastvdso_steering_control_exit(void)
{
	if (!enabled)
		return;
	irq_work_sync(&control_irq_work);
	unregister_pm_notifier(&sleep_notifier);
	enabled = false;
	control_after(0);
	flush_delayed_work(&control_work);
	cpuhp_remove_state(hotplug_state);
}
