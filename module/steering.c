// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the steered page: for kernels whose clocksource user space cannot read.
 * What it computes is in steer.h; here is when.
 *
 * While somebody has the page mapped, a timer on every CPU pairs the CPU's counter with
 * the kernel's clock. It is deferrable: a CPU that idles is not woken. One more, on
 * whichever CPU it finds, is not: a program that wakes for a moment and sleeps again
 * wants the time too. The page is written after each pair, and in the timekeeper's own
 * update, so that a step or a slew of the kernel's clock shows at once.
 *
 * The lock is taken inside the timekeeper's critical section. Who holds it must
 * not read the kernel's clocks, nor wait for anything: pairs are made before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "internal.h"
#include "kernel_reader.h"
#include "steer.h"

/* How often each CPU makes a pair: while the rate is being found, and then. */
#define PERIOD_ACQUIRE_MS	10
#define PERIOD_MS		100
/* Out of so many the closest pair is taken; and none is if it took longer than this. */
#define PAIR_ATTEMPTS		5
#define PAIR_MAX_NS		50000
/* After a loss, before it is tried again: doubled by each further one, up to 64 times. */
#define HOLDOFF			HZ
#define HOLDOFF_DOUBLINGS	6
/* A loss is forgiven after so long. */
#define FORGIVE			(60 * HZ)
/* The timer goes on for so long after the last process has gone: another may come. */
#define LINGER			HZ

static const char *const policies[] = { "off", "on", "all" };
static char *steered = "on";
module_param(steered, charp, 0444);
MODULE_PARM_DESC(steered, "clocks that follow the kernel's within a bound, where its clocksource is slow: "
		 "off; on: for calls that say so, and processes that ask for it (default); all: for everyone");

/* Under the lock, with the steered page. */
static DEFINE_RAW_SPINLOCK(lock);
static struct steer steer;
static struct fastvdso_clocksource clocksource;
static bool counter_serves = true;	/* user space can read the clocksource: nothing to do */
static bool running;

/* Said once, when the module is loaded. */
static bool allowed;
bool fastvdso_steered_by_default;

/* The control work alone starts and stops; it is never two at a time. */
static void control(struct work_struct *work);
static DECLARE_DELAYED_WORK(control_work, control);
static atomic_t users;
static bool asleep;

struct pairing {
	struct delayed_work work;
	int cpu;
};

static DEFINE_PER_CPU(struct pairing, pairing);
static void pair_somewhere(struct work_struct *work);
static DECLARE_DELAYED_WORK(pair_somewhere_work, pair_somewhere);

/* Under the lock. */
static unsigned long held_off_until, lost_at;
static unsigned int doublings;

bool fastvdso_steering_allowed(void)
{
	return allowed;
}

static void say(enum fastvdso_steering what)
{
	WRITE_ONCE(fastvdso_steered_page()->steering, what);
}

/* Write the page as of now. Under the lock, so on this CPU. */
static void publish(void)
{
	struct fastvdso_update update;

	steer.kernel.clocksource = clocksource;
	steer.slack = fastvdso_counter_slack();
	if (running && fastvdso_counters_known() && steer_fill(&steer, fastvdso_counter(), &update))
		say(FASTVDSO_STEERING_ACTIVE);
	else
		steer_fill_nothing(&steer, &update);
	fastvdso_latch_write(fastvdso_steered_page(), &update, true);
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

/* From the notifier, inside the timekeeper's critical section: see timekeeping.c. */
void fastvdso_steering_update(const struct fastvdso_update *update, bool clocksource_changed)
{
	bool serves = update->hres.clock.clock_mode != FASTVDSO_CLOCK_NONE;

	if (!clocksource_changed && !READ_ONCE(running))
		return;
	raw_spin_lock(&lock);
	if (clocksource_changed && memcmp(&clocksource, &update->clocksource, sizeof(clocksource))) {
		/* Its MONOTONIC_RAW has another rate. */
		clocksource = update->clocksource;
		steer_reset(&steer);
		if (running)
			say(FASTVDSO_STEERING_ACQUIRING);
	}
	if (counter_serves != serves) {
		counter_serves = serves;
		if (allowed)
			irq_work_queue(&control_irq_work);
	}
	if (running) {
		steer_kernel(&steer, &update->hres, &update->raw);
		publish();
	}
	raw_spin_unlock(&lock);
}

/* The counter before and after the kernel's clock, as close together as a few tries give. */
void fastvdso_make_pair(struct steer_pair *pair)
{
	u64 closest = U64_MAX;
	int i;

	for (i = 0; i < PAIR_ATTEMPTS; i++) {
		struct system_time_snapshot snapshot;
		unsigned long flags;
		u64 before, after;

		local_irq_save(flags);
		before = fastvdso_counter();
		ktime_get_snapshot(&snapshot);
		after = fastvdso_counter();
		local_irq_restore(flags);
		if (after - before >= closest)
			continue;
		closest = after - before;
		pair->before = before;
		pair->after = after;
		pair->raw = ktime_to_ns(snapshot.raw);
	}
}

/* One that steering can use: allowing for what is not known of this CPU's counter. */
static bool make_usable_pair(struct steer_pair *pair)
{
	u64 slack = fastvdso_counter_slack(), took;

	fastvdso_make_pair(pair);
	took = pair->after - pair->before;
	pair->before -= slack;
	pair->after += slack;
	return took + slack < div_u64((u64)PAIR_MAX_NS * fastvdso_arch_counter_khz(), USEC_PER_SEC);
}

/* How long the steps of the kernel's clock are; not while it is just being learnt. */
u64 fastvdso_clock_resolution_ns(void)
{
	return data_race(steer_resolution(&steer));
}

static void lose(void)
{
	steer_reset(&steer);
	say(FASTVDSO_STEERING_UNSTABLE);
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

/* One pair, and the page after it. */
static void take_pair(void)
{
	struct fastvdso_time_page *page = fastvdso_steered_page();
	struct steer_pair pair;
	unsigned long flags;
	bool made = make_usable_pair(&pair), lost = false;

	raw_spin_lock_irqsave(&lock, flags);
	if (made && running && steer.has_kernel && time_after_eq(jiffies, held_off_until)) {
		if (page->steering == FASTVDSO_STEERING_UNSTABLE)
			say(FASTVDSO_STEERING_ACQUIRING);
		WRITE_ONCE(page->pairings, page->pairings + 1);
		lost = steer_pair(&steer, &pair) < 0;
		if (lost)
			lose();
		publish();
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	if (lost)
		pr_warn_ratelimited("a counter is not steady; falling back to system calls\n");
}

static unsigned long period(void)
{
	return msecs_to_jiffies(data_race(steer_is_settled(&steer)) ? PERIOD_MS : PERIOD_ACQUIRE_MS);
}

static void pair_on_cpu(struct work_struct *work)
{
	struct pairing *this = container_of(to_delayed_work(work), struct pairing, work);

	take_pair();
	schedule_delayed_work_on(this->cpu, &this->work, period());
}

static void pair_somewhere(struct work_struct *work)
{
	fastvdso_counters_refine();
	take_pair();
	schedule_delayed_work(&pair_somewhere_work, period());
}

static void start_on_cpu(unsigned int cpu)
{
	schedule_delayed_work_on(cpu, &per_cpu(pairing, cpu).work, 0);
}

/* Called while CPUs come and go one at a time, with those locks held. */
void fastvdso_steering_cpu_online(unsigned int cpu)
{
	if (running)
		start_on_cpu(cpu);
}

void fastvdso_steering_cpu_offline(unsigned int cpu)
{
	cancel_delayed_work_sync(&per_cpu(pairing, cpu).work);
}

/* What is known of the counters is kept when it stops, for the next time. */
static void set_running(bool on)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	running = on;
	say(on ? FASTVDSO_STEERING_ACQUIRING : FASTVDSO_STEERING_IDLE);
	if (!on) {
		steer_stop(&steer);
		publish();
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void control(struct work_struct *work)
{
	bool wanted = allowed && !READ_ONCE(asleep) && !READ_ONCE(counter_serves) &&
		      atomic_read(&users) > 0;
	unsigned int cpu;

	if (wanted == running)
		return;
	cpus_read_lock();
	set_running(wanted);
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
	if (atomic_inc_return(&users) == 1 && allowed)
		control_after(0);
}

void fastvdso_steering_put(void)
{
	if (atomic_dec_and_test(&users) && allowed)
		control_after(LINGER);
}

/* Counters may stop, or start anew, while the machine sleeps. */
static int sleep_or_wake(struct notifier_block *nb, unsigned long action, void *unused)
{
	unsigned long flags;

	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		WRITE_ONCE(asleep, true);
		control_after(0);
		flush_delayed_work(&control_work);
		raw_spin_lock_irqsave(&lock, flags);
		steer_reset(&steer);
		raw_spin_unlock_irqrestore(&lock, flags);
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
int __init fastvdso_steering_init(void)
{
	int policy = match_string(policies, ARRAY_SIZE(policies), steered), cpu, ret;

	if (policy < 0) {
		pr_err("steered=%s: off, on or all is wanted\n", steered);
		return -EINVAL;
	}
	init_irq_work(&control_irq_work, control_at_once);
	for_each_possible_cpu(cpu) {
		per_cpu(pairing, cpu).cpu = cpu;
		INIT_DEFERRABLE_WORK(&per_cpu(pairing, cpu).work, pair_on_cpu);
	}
	fastvdso_steered_by_default = !strcmp(policies[policy], "all");
	if (!strcmp(policies[policy], "off")) {
		say(FASTVDSO_STEERING_FORBIDDEN);
		return 0;
	}
	if (!fastvdso_arch_counter_is_steady() || nr_cpu_ids > FASTVDSO_CPUS) {
		say(FASTVDSO_STEERING_UNSUPPORTED);
		return 0;
	}
	say(FASTVDSO_STEERING_IDLE);
	ret = fastvdso_counters_init();
	if (ret)
		return ret;
	ret = register_pm_notifier(&sleep_notifier);
	if (ret) {
		fastvdso_counters_exit();
		return ret;
	}
	allowed = true;
	return 0;
}

/* After the last update of the time page; nobody has it mapped. */
void fastvdso_steering_exit(void)
{
	if (!allowed)
		return;
	irq_work_sync(&control_irq_work);
	unregister_pm_notifier(&sleep_notifier);
	allowed = false;
	control_after(0);
	flush_delayed_work(&control_work);
	fastvdso_counters_exit();
}
