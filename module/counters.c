// SPDX-License-Identifier: GPL-2.0
/*
 * The offsets between the CPUs' counters: the writer of the CPU page.
 *
 * When a CPU comes online, before user space runs on it, its counter is compared with that of a
 * CPU measured earlier, its reference. The two CPUs take turns: the reference reads its counter
 * between two reads of ours. Many rounds narrow the limits of the offset down to about the
 * duration of one round. If the limits include zero, the counters count as equal. Otherwise the
 * offset is the middle of the limits.
 *
 * On a busy VM the first measurement can be poor; it is refined while the pages are mapped.
 *
 * An offset within the limits is consistent with every message that the two CPUs exchanged. A
 * thread that migrates is such a message, and a slower one, so it does not see time go back.
 *
 * None of this is used on machines with more CPUs than fit on the CPU page.
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

#include "cpu_offset.h"
#include "internal.h"

#define ROUNDS		32
/* A virtual CPU may not be scheduled for a while: give up then, and try again later. */
#define TURN_TIMEOUT_NS	200000
#define ONLINE_ATTEMPTS	5
/* Stop refining an offset known this precisely, or after this many attempts. */
#define PRECISE_NS	500
#define REFINE_ATTEMPTS	300

/* Slack, in cycles, of a CPU whose offset is unknown. It exceeds every bound, so steering stays off. */
#define SLACK_MAX	BIT_ULL(40)

struct handshake {
	u32 turn;		/* odd: responder's turn; even: ours */
	u32 done;		/* set when the responder accesses this no more */
	u64 counter;		/* the responder's, on the common scale */
};

struct offset_bounds {
	int reference;		/* CPU, or nr_cpu_ids */
	struct interval offset;	/* limits of what to add to get the common scale */
	u64 slack;		/* maximum error of the offset in use, in cycles */
	int attempts;		/* left to refine it */
};

static DEFINE_PER_CPU(struct offset_bounds, offset_bounds);
static struct cpumask measured;
static u64 max_slack;

/* How far two CPUs may be apart on the common scale, in cycles. */
u64 fastvdso_counters_slack(void)
{
	return READ_ONCE(max_slack);
}

static bool wait_for_turn(const u32 *turn, u32 value)
{
	u64 start = fastvdso_arch_read_counter();
	u64 timeout = fastvdso_ns_to_cycles(TURN_TIMEOUT_NS);

	while (smp_load_acquire(turn) != value) {
		if (fastvdso_arch_read_counter() - start > timeout)
			return false;
		cpu_relax();
	}
	return true;
}

static void sync_responder(void *info)
{
	struct handshake *handshake = info;
	u32 i;

	for (i = 1; i <= ROUNDS; i++) {
		if (!wait_for_turn(&handshake->turn, 2 * i - 1))
			break;
		handshake->counter = fastvdso_sample_counter();
		smp_store_release(&handshake->turn, 2 * i);
	}
	smp_store_release(&handshake->done, 1);
}

/* Narrow the limits of this CPU's offset by taking turns with the reference CPU. */
static void measure_by_turns(int reference, struct interval *offset)
{
	struct handshake handshake = { .turn = 0 };
	u32 i;

	preempt_disable();
	if (smp_call_function_single(reference, sync_responder, &handshake, 0)) {
		preempt_enable();
		return;
	}
	for (i = 1; i <= ROUNDS; i++) {
		u64 before = fastvdso_arch_read_counter(), after;

		smp_store_release(&handshake.turn, 2 * i - 1);
		if (!wait_for_turn(&handshake.turn, 2 * i))
			break;
		after = fastvdso_arch_read_counter();
		offset->lo = max_t(s64, offset->lo, handshake.counter - after);
		offset->hi = min_t(s64, offset->hi, handshake.counter - before);
	}
	preempt_enable();
	while (!smp_load_acquire(&handshake.done))
		cpu_relax();
}

struct remote_pair {
	struct steer_pair pair;
	bool valid;
};

static void sample_pair(void *info)
{
	struct remote_pair *remote = info;

	remote->valid = fastvdso_sample_pair(&remote->pair);
}

static bool sample_pair_on(int cpu, struct steer_pair *pair)
{
	struct remote_pair remote;

	if (smp_call_function_single(cpu, sample_pair, &remote, 1) || !remote.valid)
		return false;
	*pair = remote.pair;
	return true;
}

static bool measure_once_by_clock(int reference, struct interval *offset)
{
	const struct fastvdso_clock *clock = &fastvdso_time_page()->raw[0].clock;
	u64 resolution = fastvdso_ns_to_cycles((READ_ONCE(clock->mult) >> READ_ONCE(clock->shift)) + 1);
	s64 in_use = fastvdso_cpu_page()->offset[raw_smp_processor_id()];
	struct steer_pair first, ours, last;

	if (!sample_pair_on(reference, &first) || !fastvdso_sample_pair(&ours) ||
	    !sample_pair_on(reference, &last))
		return false;
	ours.before -= in_use;
	ours.after -= in_use;
	return fastvdso_cpu_offset_measure(&first, &ours, &last, resolution, offset);
}

/*
 * Narrow the limits by comparing both CPUs with the kernel's clock. This is less precise than
 * taking turns, but works for virtual CPUs that hardly ever run at the same time.
 */
static void measure_by_clock(int reference, struct interval *offset)
{
	struct interval a, b;

	if (measure_once_by_clock(reference, &a) && measure_once_by_clock(reference, &b))
		fastvdso_cpu_offset_cut(offset, a, b);
}

static s64 bounds_width(const struct offset_bounds *bounds)
{
	return bounds->offset.hi - bounds->offset.lo;
}

static bool is_precise(const struct offset_bounds *bounds)
{
	return bounds_width(bounds) <= fastvdso_ns_to_cycles(PRECISE_NS);
}

static void bounds_reset(struct offset_bounds *bounds)
{
	bounds->offset.lo = -S64_MAX / 2;
	bounds->offset.hi = S64_MAX / 2;
}

/*
 * Return false, and measure from scratch, if the measurements contradict each other: the counters
 * run at different rates, or one of them was changed, for instance by a live migration. Halving
 * the attempts makes this end.
 */
static bool bounds_check(unsigned int cpu, struct offset_bounds *bounds)
{
	if (bounds->offset.lo <= bounds->offset.hi)
		return true;
	pr_warn("CPU %u: counter inconsistent with CPU %d by %lld cycles, remeasuring\n", cpu,
		bounds->reference, bounds->offset.lo - bounds->offset.hi);
	bounds_reset(bounds);
	bounds->attempts /= 2;
	return false;
}

static void update_slack(void)
{
	unsigned int cpu;
	u64 largest = 0;

	for_each_cpu(cpu, &measured) {
		struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);
		s64 in_use = fastvdso_cpu_page()->offset[cpu];

		bounds->slack = min_t(u64, max(bounds->offset.hi - in_use, in_use - bounds->offset.lo),
				      SLACK_MAX);
		if (bounds->reference < nr_cpu_ids)
			bounds->slack += per_cpu(offset_bounds, bounds->reference).slack;
		largest = max(largest, bounds->slack);
	}
	WRITE_ONCE(max_slack, largest);
}

/* Choose this CPU's offset from its limits, and publish it. */
void fastvdso_counters_set_offset(unsigned int cpu)
{
	struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);
	s64 offset = 0;

	/* Counters that may be equal count as equal. */
	if (bounds->offset.lo > 0 || bounds->offset.hi < 0)
		offset = bounds->offset.lo + bounds_width(bounds) / 2;
	if (offset)
		pr_info("CPU %u: counter off by %lld cycles, correcting\n", cpu, -offset);
	WRITE_ONCE(fastvdso_cpu_page()->offset[cpu], offset);
	update_slack();
}

/* Measure a new CPU. Called on that CPU, before user space runs on it. */
void fastvdso_counters_online(unsigned int cpu)
{
	struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);
	int attempt;

	bounds->reference = cpumask_any_and(&measured, cpu_online_mask);
	bounds_reset(bounds);
	bounds->attempts = REFINE_ATTEMPTS;
	if (bounds->reference >= nr_cpu_ids) {	/* the first CPU defines the scale */
		bounds->offset.lo = 0;
		bounds->offset.hi = 0;
	}
	for (attempt = 0; attempt < ONLINE_ATTEMPTS && !is_precise(bounds); attempt++) {
		if (attempt)
			usleep_range(500, 1000);
		measure_by_turns(bounds->reference, &bounds->offset);
		bounds_check(cpu, bounds);
	}
	cpumask_set_cpu(cpu, &measured);
	fastvdso_counters_set_offset(cpu);
}

void fastvdso_counters_offline(unsigned int cpu)
{
	cpumask_clear_cpu(cpu, &measured);
	update_slack();
}

/* Measure this CPU once more. Returns 1 if the offset in use is wrong. */
static long refine(void *unused)
{
	unsigned int cpu = raw_smp_processor_id();
	struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);
	s64 in_use = fastvdso_cpu_page()->offset[cpu];

	measure_by_turns(bounds->reference, &bounds->offset);
	if (!is_precise(bounds))
		measure_by_clock(bounds->reference, &bounds->offset);
	/* An attempt does not count if nothing was measured because the CPU was not scheduled. */
	if (bounds_width(bounds) < (s64)SLACK_MAX)
		bounds->attempts--;
	return !bounds_check(cpu, bounds) || in_use < bounds->offset.lo || bounds->offset.hi < in_use;
}

/* The CPU whose offset to refine next, or nr_cpu_ids. */
static unsigned int least_precise_cpu(void)
{
	unsigned int cpu, least = nr_cpu_ids;
	s64 widest = 0;

	for_each_cpu(cpu, &measured) {
		const struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);

		if (bounds->attempts > 0 && bounds->reference < nr_cpu_ids &&
		    cpu_online(bounds->reference) && !is_precise(bounds) &&
		    bounds_width(bounds) > widest) {
			widest = bounds_width(bounds);
			least = cpu;
		}
	}
	return least;
}

/*
 * Measure the least precise CPU once more. Returns true if the offset of *cpu is wrong: then the
 * caller makes the steered page unreadable and calls fastvdso_counters_set_offset(). The caller
 * holds cpus_read_lock(). May sleep.
 */
bool fastvdso_counters_refine(unsigned int *cpu)
{
	*cpu = least_precise_cpu();
	if (*cpu >= nr_cpu_ids)
		return false;
	if (work_on_cpu(*cpu, refine, NULL) > 0)
		return true;
	update_slack();
	return false;
}
