// SPDX-License-Identifier: GPL-2.0
/*
 * The clock that goes with the CPU-time pages: how the counter becomes the scheduler's clock.
 *
 * While its clock is stable, the scheduler computes it as ((counter * mult) >> shift) + offset, with the
 * same factor and offset on all CPUs. The factor follows from the rate of the counter; the offset is
 * measured. A read of the scheduler's clock between two reads of the counter limits the offset from both
 * sides, and every later one must agree with these limits. If one does not, because the clock is not
 * stable, was set back by a suspend, or is not made from this counter, the clock is invalidated for all
 * processes at once.
 *
 * `seq` is odd while the clock is invalid. fastvdso_task_clock_start() and _stop() are the only callers
 * that make it even or change other fields; cpu_time.c does not call them at the same time. Any CPU may
 * invalidate the clock at any time, by making an even seq odd.
 */
#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/smp.h>

#include "compat.h"
#include "internal.h"

/* Reads to measure the offset by. */
#define SAMPLES		1000

/*
 * Tolerated, in nanoseconds, because both clocks round down, and a CPU may swap two reads of its counter. The
 * counters of two CPUs may differ by more: each is compared with the scheduler's clock on its own CPU.
 */
#define SLACK_NS	5

/* Widest limits that are published. A virtual machine is rarely interrupted in each of many samples. */
#define WIDTH_MAX_NS	2000

/* Limits of the offset. Signed, because the clock may be behind the counter. */
struct limits {
	s64 lo, hi;
};

/* What the published fields were made from. Read under seq, as by readers. */
static struct limits published;

/* Which way of converting the counter is tried, and what the last fastvdso_task_clock_start() found. */
static unsigned int way;
static bool is_confirmed, has_earlier;
static struct limits earlier;

static struct fastvdso_task_clock *task_clock(void)
{
	return &fastvdso_time_page()->task_clock;
}

void fastvdso_task_clock_set_state(enum fastvdso_cpu_time state)
{
	WRITE_ONCE(task_clock()->state, state);
}

/*
 * The limits by one read of the scheduler's clock. Called with interrupts off. Return false if the
 * number of this CPU does not come with its counter, as readers need.
 */
static __always_inline bool sample(u32 mult, u32 shift, struct limits *limits)
{
	u64 before, clock, after;
	u32 cpu;

	before = fastvdso_arch_read_counter();
	clock = fastvdso_sched_clock();
	after = fastvdso_arch_read_counter_cpu(&cpu);
	limits->lo = (s64)(clock - mul_u64_u32_shr(after, mult, shift));
	limits->hi = (s64)(clock - mul_u64_u32_shr(before, mult, shift));
	return cpu == smp_processor_id();
}

static void invalidate(struct fastvdso_task_clock *clock, u32 seq)
{
	/* Fails if another CPU was first, or if the clock has been measured again since seq was read. */
	if (cmpxchg(&clock->seq, seq, seq + 1) != seq)
		return;
	WRITE_ONCE(clock->losses, READ_ONCE(clock->losses) + 1);
	WRITE_ONCE(clock->state, FASTVDSO_CPU_TIME_UNSTABLE);
}

/*
 * Compare the scheduler's clock with the published one on this CPU, and invalidate that if they differ.
 * Called with interrupts off, also by the scheduler with a run queue locked: takes no lock, does not
 * wait, and calls nothing that is traced. Return whether the clock is valid.
 */
bool notrace fastvdso_task_clock_check(void)
{
	struct fastvdso_task_clock *clock = task_clock();
	u32 seq = READ_ONCE(clock->seq);
	struct limits now, known;

	if (seq & 1)
		return false;
	smp_rmb();	/* seq before the fields that it protects; pairs with the smp_wmb() in publish() */
	known.lo = READ_ONCE(published.lo);
	known.hi = READ_ONCE(published.hi);
	/* If these are being changed, they may not belong together: then cmpxchg() finds another seq. */
	if (likely(sample(READ_ONCE(clock->mult), READ_ONCE(clock->shift) & 63, &now) &&
		   now.lo <= known.hi + SLACK_NS && now.hi >= known.lo - SLACK_NS))
		return true;
	invalidate(clock, seq);
	return false;
}

/* Measure the offset. Return false if no offset agrees with all samples. */
static bool measure(u32 mult, u32 shift, struct limits *limits)
{
	unsigned long flags;
	struct limits one;
	bool valid = true;
	int i;

	*limits = (struct limits) { S64_MIN, S64_MAX };
	for (i = 0; i < SAMPLES && valid; i++) {
		local_irq_save(flags);
		valid = sample(mult, shift, &one);
		local_irq_restore(flags);
		limits->lo = max(limits->lo, one.lo);
		limits->hi = min(limits->hi, one.hi);
	}
	/* Both clocks round down, so the limits may miss each other by a nanosecond or two. */
	return valid && limits->lo <= limits->hi + 2 && limits->hi - limits->lo <= WIDTH_MAX_NS;
}

static void publish(u32 mult, u32 shift, const struct limits *limits)
{
	struct fastvdso_task_clock *clock = task_clock();
	u32 seq = clock->seq;

	WRITE_ONCE(published.lo, limits->lo);
	WRITE_ONCE(published.hi, limits->hi);
	WRITE_ONCE(clock->mult, mult);
	WRITE_ONCE(clock->shift, shift);
	/* The lower limit: a reading that is ahead could be followed by a system call that is behind it. */
	WRITE_ONCE(clock->offset, (u64)limits->lo);
	WRITE_ONCE(clock->bound_ns, max_t(s64, limits->hi - limits->lo, 0) + SLACK_NS);
	WRITE_ONCE(clock->state, FASTVDSO_CPU_TIME_ACTIVE);
	smp_wmb();	/* fields before the even seq; pairs with readers and fastvdso_task_clock_check() */
	WRITE_ONCE(clock->seq, seq + 1);
}

/* The clock was lost: what was measured before counts for nothing. */
void fastvdso_task_clock_doubt(void)
{
	is_confirmed = false;
	has_earlier = false;
}

static bool fail(void)
{
	fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_UNSTABLE);
	fastvdso_task_clock_doubt();
	way++;
	return false;
}

/*
 * Measure and publish the clock, unless it is valid. May be preempted. Return false if that failed. Where
 * the kernel may convert the counter in several ways, whose rates differ by up to a part in a million, a
 * later call publishes it: one a second after the first, which has to agree with it.
 */
bool fastvdso_task_clock_start(void)
{
	struct limits limits;
	u32 mult, shift;
	int ways;

	if (!(READ_ONCE(task_clock()->seq) & 1))
		return true;
	ways = fastvdso_arch_sched_clock_factor(way, &mult, &shift);
	if (!ways || !measure(mult, shift, &limits))
		return fail();
	if (ways > 1 && !is_confirmed) {
		if (!has_earlier) {
			earlier = limits;
			has_earlier = true;
			fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_MEASURING);
			return true;
		}
		if (limits.lo > earlier.hi + SLACK_NS || limits.hi < earlier.lo - SLACK_NS)
			return fail();
		is_confirmed = true;
	}
	publish(mult, shift, &limits);
	return true;
}

/* Invalidate the clock because nobody needs it. */
void fastvdso_task_clock_stop(void)
{
	struct fastvdso_task_clock *clock = task_clock();
	u32 seq = READ_ONCE(clock->seq);

	/* Whether this succeeds or another CPU has done it: seq is odd now, and stays so. */
	if (!(seq & 1))
		cmpxchg(&clock->seq, seq, seq + 1);
	fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_IDLE);
}
