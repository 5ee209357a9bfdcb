// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of the CPUs, brought to one scale: the writer of the CPU page.
 *
 * When a CPU comes online, before anything of user space runs there, its counter is
 * compared with that of a CPU that was there before. The two pass a number back and forth;
 * the other's counter, as it passed the number on, lies between two readings of our
 * own. Many rounds cut that interval down to about the time that one round takes. If
 * zero is within, the counters count as equal; otherwise the middle is the offset.
 *
 * Where there are more CPUs than the page has room for, none of this is used.
 *
 * A CPU of a busy virtual machine may be compared badly at first; it is tried again from
 * time to time while the page is in use.
 *
 * Whichever it is, it is within the interval: no message that was seen went back in
 * time. A thread that moves from one CPU to another is such a message, and a slower one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "internal.h"
#include "cpu_offset.h"

#define ROUNDS		32
/* A CPU of a virtual machine may not run for a while: then better another time. */
#define PATIENCE_NS	200000
#define ATTEMPTS	5
/* No more attempts once the offset is known within so many nanoseconds, or after so many more. */
#define CLOSE_ENOUGH	500
#define LATER_ATTEMPTS	300

/* What counts as not known at all, in cycles: more than any bound allows; nothing is steered. */
#define SLACK_MAX	BIT_ULL(40)

struct handshake {
	u32 ball;		/* odd: thrown by us; even: back again */
	u32 over;		/* the other has let go of this */
	u64 counter;		/* the other's, as it threw back */
};

/* What is known of a CPU: the limits of what to add to its counter, compared with `other`. */
struct knowledge {
	int other;
	struct interval offset;
	u64 slack;		/* by how many cycles what we add may be wrong */
	int attempts;		/* that are left */
};

static DEFINE_PER_CPU(struct knowledge, knowledge);
static struct cpumask measured;
static u64 largest_slack;

/* By how many cycles two CPUs may differ on it. */
u64 fastvdso_counters_slack(void)
{
	return READ_ONCE(largest_slack);
}

static bool await(const u32 *ball, u32 value)
{
	u64 start = fastvdso_arch_read_counter();
	u64 patience = fastvdso_ns_to_cycles(PATIENCE_NS);

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
		handshake->counter = fastvdso_sample_counter();
		smp_store_release(&handshake->ball, 2 * i);
	}
	smp_store_release(&handshake->over, 1);
}

/* Cut the limits of what to add to our counter to get the scale of `other`. */
static void compare(int other, struct interval *offset)
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
		offset->lo = max_t(s64, offset->lo, handshake.counter - after);
		offset->hi = min_t(s64, offset->hi, handshake.counter - before);
	}
	preempt_enable();
	while (!smp_load_acquire(&handshake.over))
		cpu_relax();
}

static void make_pair(void *pair)
{
	fastvdso_sample_pair(pair);
}

/* Measure once by the kernel's clock. */
static bool measure_by_clock(int other, struct interval *offset)
{
	const struct fastvdso_clock *clock = &fastvdso_time_page()->raw[0].clock;
	u64 resolution = fastvdso_ns_to_cycles((READ_ONCE(clock->mult) >> READ_ONCE(clock->shift)) + 1);
	s64 added = fastvdso_cpu_page()->offset[raw_smp_processor_id()];
	struct steer_pair first, ours, last;

	if (smp_call_function_single(other, make_pair, &first, 1))
		return false;
	fastvdso_sample_pair(&ours);
	if (smp_call_function_single(other, make_pair, &last, 1))
		return false;
	/* The raw counter, without the offset that is in use. */
	ours.before -= added;
	ours.after -= added;
	return fastvdso_cpu_offset_measure(&first, &ours, &last, resolution, offset);
}

/*
 * The same as compare(), for CPUs that hardly ever run at once, as those of a busy virtual
 * machine. Not as close: by as much as the readings take.
 */
static void compare_by_clock(int other, struct interval *offset)
{
	struct interval a, b;

	if (measure_by_clock(other, &a) && measure_by_clock(other, &b))
		fastvdso_cpu_offset_cut(offset, a, b);
}

static bool is_close_enough(const struct knowledge *known)
{
	return known->offset.hi - known->offset.lo <= fastvdso_ns_to_cycles(CLOSE_ENOUGH);
}

static void know_nothing(struct knowledge *known)
{
	known->offset.lo = -S64_MAX / 2;
	known->offset.hi = S64_MAX / 2;
}

/*
 * True if what was measured contradicts itself. The counters may not run alike, or one was
 * changed in between, as when a virtual machine moves: so it is measured anew, though
 * not for ever.
 */
static bool contradicts(unsigned int cpu, struct knowledge *known)
{
	if (known->offset.lo <= known->offset.hi)
		return false;
	pr_warn("the counters of CPU %u and CPU %d do not run alike: by %lld cycles\n", cpu,
		known->other, known->offset.lo - known->offset.hi);
	know_nothing(known);
	known->attempts /= 2;
	return true;
}

static void find_slack(void)
{
	u64 largest = 0;
	unsigned int cpu;

	for_each_cpu(cpu, &measured) {
		struct knowledge *known = per_cpu_ptr(&knowledge, cpu);
		s64 offset = fastvdso_cpu_page()->offset[cpu];

		known->slack = min_t(u64, max(known->offset.hi - offset, offset - known->offset.lo), SLACK_MAX);
		if (known->other < nr_cpu_ids)
			known->slack += per_cpu(knowledge, known->other).slack;
		largest = max(largest, known->slack);
	}
	WRITE_ONCE(largest_slack, largest);
}

/* Counters that may be equal count as equal. */
void fastvdso_counters_set_offset(unsigned int cpu)
{
	struct knowledge *known = per_cpu_ptr(&knowledge, cpu);
	s64 offset = known->offset.lo <= 0 && known->offset.hi >= 0 ? 0 : known->offset.lo + (known->offset.hi - known->offset.lo) / 2;

	if (offset)
		pr_info("the counter of CPU %u is off by %lld cycles\n", cpu, -offset);
	WRITE_ONCE(fastvdso_cpu_page()->offset[cpu], offset);
	find_slack();
}

/* On the CPU itself, before anything of user space runs there. */
void fastvdso_counters_online(unsigned int cpu)
{
	struct knowledge *known = per_cpu_ptr(&knowledge, cpu);
	int attempt;

	known->other = cpumask_any_and(&measured, cpu_online_mask);
	know_nothing(known);
	known->attempts = LATER_ATTEMPTS;
	if (known->other >= nr_cpu_ids) {	/* the first CPU makes the scale */
		known->offset.lo = 0;
		known->offset.hi = 0;
	}
	for (attempt = 0; attempt < ATTEMPTS && !is_close_enough(known); attempt++) {
		if (attempt)
			usleep_range(500, 1000);
		compare(known->other, &known->offset);
		contradicts(cpu, known);
	}
	cpumask_set_cpu(cpu, &measured);
	fastvdso_counters_set_offset(cpu);
}

void fastvdso_counters_offline(unsigned int cpu)
{
	cpumask_clear_cpu(cpu, &measured);
	find_slack();
}

/* Measure once more. Returns 1 if the CPU's offset is found to be wrong. */
static long refine(void *unused)
{
	unsigned int cpu = raw_smp_processor_id();
	struct knowledge *known = per_cpu_ptr(&knowledge, cpu);
	s64 offset = fastvdso_cpu_page()->offset[cpu];

	compare(known->other, &known->offset);
	if (!is_close_enough(known))
		compare_by_clock(known->other, &known->offset);
	/* The CPU may not have run at all: that is no reason to give it up. */
	if (known->offset.hi - known->offset.lo < (s64)SLACK_MAX)
		known->attempts--;
	return contradicts(cpu, known) || offset < known->offset.lo || known->offset.hi < offset;
}

static unsigned int least_known_cpu(void)
{
	unsigned int cpu, least = nr_cpu_ids;
	s64 widest = 0;

	for_each_cpu(cpu, &measured) {
		const struct knowledge *known = per_cpu_ptr(&knowledge, cpu);

		if (known->attempts > 0 && known->other < nr_cpu_ids && cpu_online(known->other) &&
		    !is_close_enough(known) && known->offset.hi - known->offset.lo > widest) {
			widest = known->offset.hi - known->offset.lo;
			least = cpu;
		}
	}
	return least;
}

/*
 * Measure the CPU with the widest bounds once more. Returns true if the offset of *cpu must
 * change: then stop readers from using it, and call fastvdso_counters_set_offset().
 * May sleep. The caller holds off CPU hotplug.
 */
bool fastvdso_counters_refine(unsigned int *cpu)
{
	*cpu = least_known_cpu();
	if (*cpu >= nr_cpu_ids)
		return false;
	if (work_on_cpu(*cpu, refine, NULL) > 0)
		return true;
	find_slack();
	return false;
}
