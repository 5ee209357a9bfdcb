// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of the CPUs, brought to one scale: the writer of the CPU page.
 *
 * When a CPU comes online, before anything of user space runs there, its counter is
 * compared with that of a CPU that was there before. The two pass a number to and fro;
 * the other's counter, as it passed the number on, lies between two readings of our
 * own. Many rounds cut that interval down to about the time that one round takes. If
 * zero is within, the counters count as equal; otherwise the middle is the offset.
 *
 * Where there are more CPUs than the page has room for, none of this is used.
 *
 * Whichever it is, it is within the interval: no message that was seen went back in
 * time. A thread that moves from one CPU to another is such a message, and a slower one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "internal.h"

#define ROUNDS		100
/* A CPU of a virtual machine may not run for a while. */
#define PATIENCE_MS	20
#define ATTEMPTS	5

struct handshake {
	u32 ball;		/* odd: thrown by us; even: back again */
	u32 over;		/* the other has let go of this */
	u64 counter;		/* the other's, as it threw back */
};

/* CPUs whose offset is known, and those whose is not; by how many cycles it may be wrong. */
static struct cpumask measured, unknown;
static DEFINE_PER_CPU(u64, slack);
static u64 largest_slack;
static enum cpuhp_state hotplug_state;

/* The counter of this CPU on the common scale. The caller stays on it. */
u64 fastvdso_counter(void)
{
	return fastvdso_arch_read_counter() + fastvdso_cpu_page()->offset[smp_processor_id()];
}

/* By how many cycles two CPUs may differ on it. */
u64 fastvdso_counter_slack(void)
{
	return READ_ONCE(largest_slack);
}

static bool await(const u32 *ball, u32 value)
{
	u64 start = fastvdso_arch_read_counter();
	u64 patience = (u64)fastvdso_arch_counter_khz() * PATIENCE_MS;

	while (smp_load_acquire(ball) != value) {
		if (fastvdso_arch_read_counter() - start > patience)
			return false;
		cpu_relax();
	}
	return true;
}

static void throw_back(void *info)
{
	struct handshake *handshake = info;
	u32 i;

	for (i = 1; i <= ROUNDS; i++) {
		if (!await(&handshake->ball, 2 * i - 1))
			break;
		handshake->counter = fastvdso_counter();
		smp_store_release(&handshake->ball, 2 * i);
	}
	smp_store_release(&handshake->over, 1);
}

/* Within [*lo, *hi] lies what to add to our counter to get the scale of `other`. */
static void compare(int other, s64 *lo, s64 *hi)
{
	struct handshake handshake = { .ball = 0 };
	u32 i;

	preempt_disable();
	if (smp_call_function_single(other, throw_back, &handshake, 0)) {
		preempt_enable();
		return;
	}
	for (i = 1; i <= ROUNDS; i++) {
		u64 before = fastvdso_arch_read_counter(), after;

		smp_store_release(&handshake.ball, 2 * i - 1);
		if (!await(&handshake.ball, 2 * i))
			break;
		after = fastvdso_arch_read_counter();
		*lo = max_t(s64, *lo, handshake.counter - after);
		*hi = min_t(s64, *hi, handshake.counter - before);
	}
	preempt_enable();
	while (!smp_load_acquire(&handshake.over))
		cpu_relax();
}

/* What to add to the counter of this CPU lies within [*lo, *hi]; nothing does if it is not steady. */
static void find_offset(int other, s64 *lo, s64 *hi)
{
	int attempt;

	*lo = *hi = 0;		/* the first CPU makes the scale */
	if (other >= nr_cpu_ids)
		return;
	*lo = S64_MIN;
	*hi = S64_MAX;
	for (attempt = 0; attempt < ATTEMPTS && *lo == S64_MIN; attempt++)
		compare(other, lo, hi);
}

static int counter_online(unsigned int cpu)
{
	int other = cpumask_any_and(&measured, cpu_online_mask);
	u64 others_slack = other < nr_cpu_ids ? per_cpu(slack, other) : 0;
	s64 lo, hi, offset;

	find_offset(other, &lo, &hi);
	if (lo == S64_MIN || lo > hi) {
		pr_warn("the counter of CPU %u could not be compared with that of CPU %d\n", cpu, other);
		cpumask_set_cpu(cpu, &unknown);
		return 0;
	}
	offset = lo <= 0 && hi >= 0 ? 0 : lo + (hi - lo) / 2;
	if (offset)
		pr_info("the counter of CPU %u is off by %lld cycles\n", cpu, -offset);
	fastvdso_cpu_page()->offset[cpu] = offset;
	per_cpu(slack, cpu) = max(hi - offset, offset - lo) + others_slack;
	if (per_cpu(slack, cpu) > largest_slack)
		WRITE_ONCE(largest_slack, per_cpu(slack, cpu));
	cpumask_set_cpu(cpu, &measured);
	fastvdso_steering_cpu_online(cpu);
	return 0;
}

static int counter_offline(unsigned int cpu)
{
	fastvdso_steering_cpu_offline(cpu);
	cpumask_clear_cpu(cpu, &measured);
	cpumask_clear_cpu(cpu, &unknown);
	return 0;
}

/* True if every CPU that is online has its place on the common scale. */
bool fastvdso_counters_known(void)
{
	return cpumask_empty(&unknown);
}

/* Calls counter_online() for each CPU that is online now. */
int __init fastvdso_counters_init(void)
{
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "fastvdso:online", counter_online,
				    counter_offline);

	if (ret < 0)
		return ret;
	hotplug_state = ret;
	return 0;
}

void fastvdso_counters_exit(void)
{
	cpuhp_remove_state(hotplug_state);
}
