// SPDX-License-Identifier: GPL-2.0
/*
 * The offsets between the CPUs' counters: the writer of the CPU page.
 *
 * Before user space runs on a CPU that comes online, its counter is compared with that of a CPU
 * measured earlier, its reference. The two CPUs take turns: the reference reads its counter
 * between two reads of ours. Many rounds narrow the limits of the offset down to about the
 * duration of one round. If the limits include zero, the counters count as equal. Otherwise the
 * offset is the middle of the limits. Until then the CPU's offset is FASTVDSO_OFFSET_UNKNOWN, and
 * readers on it make system calls.
 *
 * On a busy VM the first measurement can be poor; it is refined while the pages are mapped.
 *
 * An offset within the limits is consistent with every message that the two CPUs exchanged. A
 * thread that migrates is such a message, and a slower one, so it does not see time go back.
 *
 * The scale is that of the first CPU. All limits are relative to it, because a measurement is
 * widened by the slack of the reference. So they stay valid when the reference goes offline.
 *
 * Measuring waits for nothing longer than TURNS_MAX_NS, so a real-time task that never sleeps
 * delays only the measuring of its own CPU. steering.c serialises everything else by its lock.
 *
 * None of this is used on machines with more CPUs than fit on the CPU page.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "compat.h"
#include "cpu_offset.h"
#include "holdoff.h"
#include "internal.h"

#define ROUNDS		32
/*
 * All rounds take at most this long, with interrupts off on the reference. A virtual CPU may not be
 * scheduled for a while: give up then, and try again later.
 */
#define TURNS_MAX_NS	200000
/* An offset is used once it is known this precisely. */
#define USABLE_NS	10000
/* Stop refining an offset known this precisely, or after this many attempts. */
#define PRECISE_NS	500
#define REFINE_ATTEMPTS	300

#define UNBOUNDED	((struct interval) { -S64_MAX / 2, S64_MAX / 2 })

/*
 * The CPU that measures acquires it, the reference releases it. So nobody waits for a reference
 * whose virtual CPU is not scheduled.
 */
static struct {
	atomic_t busy;
	u32 turn;		/* odd: the reference's turn; even: ours */
	u64 counter;		/* the reference's, on the common scale */
} handshake;

struct offset_bounds {
	struct interval offset;	/* limits of what to add to get the common scale */
	u64 slack;		/* maximum error of the offset in use, in cycles */
	u64 uncertainty;	/* width of the limits, or 0 to leave them as they are */
	int attempts;		/* left to refine an offset in use */
};

static DEFINE_PER_CPU(struct offset_bounds, offset_bounds);
static DEFINE_PER_CPU(struct holdoff, doubts);
static u64 max_slack;
static u32 generation;		/* how often offsets were forgotten because of an unsteady counter */

/* How far a CPU may be from the common scale, in cycles. */
u64 fastvdso_counters_slack(void)
{
	return READ_ONCE(max_slack);
}

/* Changes when a counter is not steady. Read it before anything that depends on an offset. */
u32 fastvdso_counters_generation(void)
{
	return smp_load_acquire(&generation);	/* pairs with next_generation() */
}

/* True if the CPU's offset is known. The lock of steering.c keeps it from changing. */
bool fastvdso_counters_is_measured(unsigned int cpu)
{
	return READ_ONCE(fastvdso_cpu_page()->offset[cpu]) != FASTVDSO_OFFSET_UNKNOWN;
}

/* Wait until it is the turn of @value, or all rounds have taken too long. */
static bool wait_for_turn(u32 value, u64 start)
{
	u64 timeout = fastvdso_ns_to_cycles(TURNS_MAX_NS);

	while (smp_load_acquire(&handshake.turn) != value) {
		if (fastvdso_arch_read_counter() - start > timeout)
			return false;
		cpu_relax();
	}
	return true;
}

static void take_turns(void *unused)
{
	u64 start = fastvdso_arch_read_counter();
	u32 i;

	for (i = 1; i <= ROUNDS; i++) {
		if (!wait_for_turn(2 * i - 1, start))
			break;
		handshake.counter = fastvdso_sample_counter();
		smp_store_release(&handshake.turn, 2 * i);
	}
	atomic_set_release(&handshake.busy, 0);
}

/* Narrow the limits of this CPU's offset by taking turns with the reference CPU. */
static void measure_by_turns(int reference, struct interval *offset)
{
	u64 start;
	u32 i;

	if (atomic_cmpxchg_acquire(&handshake.busy, 0, 1))
		return;
	WRITE_ONCE(handshake.turn, 0);
	preempt_disable();
	start = fastvdso_arch_read_counter();
	if (smp_call_function_single(reference, take_turns, NULL, 0)) {
		atomic_set_release(&handshake.busy, 0);
		preempt_enable();
		return;
	}
	for (i = 1; i <= ROUNDS; i++) {
		u64 before = fastvdso_arch_read_counter(), after;

		smp_store_release(&handshake.turn, 2 * i - 1);
		if (!wait_for_turn(2 * i, start))
			break;
		after = fastvdso_arch_read_counter();
		offset->lo = max_t(s64, offset->lo, handshake.counter - after);
		offset->hi = min_t(s64, offset->hi, handshake.counter - before);
	}
	preempt_enable();
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
	struct steer_pair first, ours, last;
	u64 unused;

	if (!sample_pair_on(reference, &first) || !fastvdso_sample_own_pair(&ours, &unused) ||
	    !sample_pair_on(reference, &last))
		return false;
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

/* The CPU to measure this one against, or nr_cpu_ids. */
static unsigned int best_reference(unsigned int own)
{
	unsigned int cpu, best = nr_cpu_ids;
	u64 least = U64_MAX;

	for_each_online_cpu(cpu) {
		u64 slack = READ_ONCE(per_cpu(offset_bounds, cpu).slack);

		if (cpu != own && fastvdso_counters_is_measured(cpu) && !fastvdso_cpu_is_isolated(cpu) &&
		    slack < least) {
			least = slack;
			best = cpu;
		}
	}
	return best;
}

static bool is_any_measured(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (fastvdso_counters_is_measured(cpu))
			return true;
	}
	return false;
}

static u64 width(struct interval offset)
{
	return offset.hi - offset.lo;
}

static bool is_precise(struct interval offset)
{
	return width(offset) <= fastvdso_ns_to_cycles(PRECISE_NS);
}

/*
 * Measure this CPU's counter. Runs in a thread that is bound to it, without locks.
 * fastvdso_counters_apply() applies the result.
 */
void fastvdso_counters_measure(struct fastvdso_measurement *measurement)
{
	struct interval *offset = &measurement->offset;
	unsigned int reference;
	s64 slack;

	measurement->generation = fastvdso_counters_generation();
	measurement->offset = UNBOUNDED;
	reference = best_reference(raw_smp_processor_id());
	measurement->has_reference = reference < nr_cpu_ids;
	if (!measurement->has_reference)
		return;
	slack = READ_ONCE(per_cpu(offset_bounds, reference).slack);
	measure_by_turns(reference, offset);
	if (!is_precise(*offset))
		measure_by_clock(reference, offset);
	offset->lo -= slack;
	offset->hi += slack;
}

/* The CPU with the largest uncertainty is the one to measure next. 0: leave it alone. */
u64 fastvdso_counters_uncertainty(unsigned int cpu)
{
	if (holdoff_is_on(per_cpu_ptr(&doubts, cpu)))
		return 0;
	return READ_ONCE(per_cpu(offset_bounds, cpu).uncertainty);
}

static void update_slack(void)
{
	unsigned int cpu;
	u64 largest = 0;

	for_each_online_cpu(cpu) {
		if (fastvdso_counters_is_measured(cpu))
			largest = max(largest, per_cpu(offset_bounds, cpu).slack);
	}
	WRITE_ONCE(max_slack, largest);
}

/* Cut the limits. False if a measurement contradicts them: a counter was changed, or is not steady. */
static bool cut(struct interval *limits, struct interval measured)
{
	limits->lo = max(limits->lo, measured.lo);
	limits->hi = min(limits->hi, measured.hi);
	return limits->lo <= limits->hi;
}

/* Counters that may be equal count as equal. */
static s64 choose_offset(struct interval limits)
{
	return limits.lo > 0 || limits.hi < 0 ? limits.lo + (s64)(width(limits) / 2) : 0;
}

/*
 * Narrow this CPU's limits by a measurement. If its offset has to change, the caller makes the steered
 * page unreadable and calls fastvdso_counters_set_offset().
 */
enum fastvdso_offset_change fastvdso_counters_apply(const struct fastvdso_measurement *measurement)
{
	unsigned int cpu = raw_smp_processor_id();
	struct offset_bounds *bounds = per_cpu_ptr(&offset_bounds, cpu);
	bool measured = fastvdso_counters_is_measured(cpu);
	s64 in_use = fastvdso_cpu_page()->offset[cpu];

	if (measurement->generation != generation || holdoff_is_on(per_cpu_ptr(&doubts, cpu)))
		return FASTVDSO_OFFSET_KEEP;
	if (!measurement->has_reference) {
		if (is_any_measured())
			return FASTVDSO_OFFSET_KEEP;
		bounds->offset = (struct interval) { 0, 0 };
		WRITE_ONCE(bounds->slack, 0);
		WRITE_ONCE(bounds->uncertainty, 0);
		return FASTVDSO_OFFSET_NEW_SCALE;
	}
	/* Nothing was measured: a virtual CPU was not scheduled. */
	if (width(measurement->offset) >= S64_MAX / 2)
		return FASTVDSO_OFFSET_KEEP;
	if (!cut(&bounds->offset, measurement->offset))
		return FASTVDSO_OFFSET_CONTRADICTION;
	if (!measured || in_use < bounds->offset.lo || bounds->offset.hi < in_use)
		in_use = choose_offset(bounds->offset);
	WRITE_ONCE(bounds->slack, max(bounds->offset.hi - in_use, in_use - bounds->offset.lo));
	if (!measured && bounds->slack > fastvdso_ns_to_cycles(USABLE_NS)) {
		WRITE_ONCE(bounds->uncertainty, width(bounds->offset));
		return FASTVDSO_OFFSET_KEEP;
	}
	/* The attempts limit only how often an offset in use is refined. */
	if (bounds->attempts)
		bounds->attempts--;
	WRITE_ONCE(bounds->uncertainty,
		   bounds->attempts && !is_precise(bounds->offset) ? width(bounds->offset) : 0);
	if (in_use != fastvdso_cpu_page()->offset[cpu])
		return FASTVDSO_OFFSET_CHANGE;
	update_slack();
	return FASTVDSO_OFFSET_KEEP;
}

/* Use the offset that this CPU's limits give. Returns it. */
s64 fastvdso_counters_set_offset(void)
{
	unsigned int cpu = raw_smp_processor_id();
	s64 offset = choose_offset(per_cpu(offset_bounds, cpu).offset);

	WRITE_ONCE(fastvdso_cpu_page()->offset[cpu], offset);
	update_slack();
	return offset;
}

static void forget(unsigned int cpu)
{
	per_cpu(offset_bounds, cpu) = (struct offset_bounds) {
		.offset = UNBOUNDED, .uncertainty = U64_MAX, .attempts = REFINE_ATTEMPTS,
	};
	WRITE_ONCE(fastvdso_cpu_page()->offset[cpu], FASTVDSO_OFFSET_UNKNOWN);
}

/* Forget the offset of a CPU that goes offline. No measurement of that CPU is under way. */
void fastvdso_counters_forget(unsigned int cpu)
{
	forget(cpu);
	update_slack();
}

/* Drop measurements that are under way: they may be of the old offsets. */
static void next_generation(void)
{
	smp_store_release(&generation, generation + 1);
}

/* Forget the offset of a CPU whose counter disagrees with the others, and leave it alone for a while. */
void fastvdso_counters_doubt(unsigned int cpu)
{
	forget(cpu);
	update_slack();
	holdoff_extend(per_cpu_ptr(&doubts, cpu));
	next_generation();
}

/* Forget the offsets of all CPUs but this one, whose counter may have changed. */
void fastvdso_counters_forget_others(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (cpu != smp_processor_id())
			forget(cpu);
	}
	update_slack();
	next_generation();
}

/* Forget all offsets: a counter was changed, or may have been. */
void fastvdso_counters_forget_all(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		forget(cpu);
		WRITE_ONCE(per_cpu(doubts, cpu).until, jiffies);
	}
	WRITE_ONCE(max_slack, 0);
	next_generation();
}

/* Wait for a reference that was called and has not answered yet. No more measurements begin. */
void fastvdso_counters_exit(void)
{
	while (atomic_read(&handshake.busy))
		usleep_range(500, 1000);
	/* The reference answers with interrupts off, so this waits for the end of its function. */
	synchronize_rcu();
}
