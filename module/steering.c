// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of the steered page, for clocksources that user space cannot read.
 *
 * The page is written in the timekeeper's own update, so that a step or a slew of the kernel's clock
 * is visible at once. Each update makes a pair of its own, and publishes a bound that holds by that
 * pair. So if counters jump, as when a virtual machine is stopped or moved, readers may be wrong
 * until the next update, and not longer. steer.c and steer_line.c have the arithmetic.
 *
 * The other CPUs make pairs now and then, to find out whether their counters still agree. Each puts
 * its pair into a slot of its own, and the next update folds the slots in. So updates do not wait for
 * CPUs that make pairs.
 *
 * The lock is taken inside the timekeeper's critical section. So its holder must not read the
 * kernel's clocks, nor wait for anything. Everybody else takes it rarely: when steering starts or
 * stops, or a CPU was measured.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat.h"
#include "cpu_offset.h"
#include "holdoff.h"
#include "internal.h"
#include "latch.h"
#include "steer.h"

/* A pair that took longer is not used. */
#define PAIR_MAX_NS		40000
/* At most this many slots are folded in by one update. */
#define SLOTS_PER_UPDATE	8
/* If a second CPU disagrees with the others this soon, none of them can be relied on. */
#define DOUBT_ALL		HZ
/* With several CPUs, a step this soon after another is a loss. */
#define STEP_PAUSE		(HZ / 2)
/* How often pairs are made until the rate is known, and how often CPUs are checked from then on. */
#define PERIOD_ACQUIRE_MS	10
#define PERIOD_MS		100
/* If the rate is still not known after these times, pairs are rarely usable: make fewer of them. */
#define ACQUIRE_SHORT		(2 * HZ)
#define ACQUIRE_LONG		(20 * HZ)
#define PERIOD_LONG_MS		1000
/* Measurements are forgotten if steering was stopped for longer than this. */
#define MAX_PAUSE		(60 * HZ)

/* Protects the steered page, and everything below. */
static DEFINE_RAW_SPINLOCK(lock);
static struct steer steer;
static struct fastvdso_clocksource clocksource;
static struct fastvdso_epoch_writer epoch;
static bool clock_was_set;		/* since the page was last written */
static bool has_stepped;		/* the other CPUs are to be measured soon */
static bool heeds_host;			/* the hypervisor is asked whether the counter is steady */
/* These three are also read without the lock. */
static bool steady = true;		/* by the hypervisor's last answer */
static bool needed;			/* user space cannot read the clocksource */
static bool running;
static struct holdoff losses;		/* no pair is used for some time after a loss */
static unsigned long acquiring_since, stopped_at, next_pair, doubted_at, published_at, stepped_at;
static int doubted_cpu = -1;
static u64 usual_cycles;		/* how long a pair in an update takes */

/* What fastvdso_steering_report() has to print. `any` is also read without the lock. */
static struct {
	bool any;
	enum fastvdso_steering_end end;	/* why the clocks are not steered any more */
	bool resumed;			/* and since then they are steered again */
	u64 off_ns, bound_ns;
	int cpu;			/* that disagreed */
} unreported = { .cpu = -1 };

static bool is_off;			/* reported, or about to be */
static s64 off_since;
static DECLARE_BITMAP(left_out, FASTVDSO_CPUS);	/* CPUs that disagreed, and are not measured since */

/* How often everything was forgotten. Without the lock: read it before a pair is made. */
static u32 resets;

/* The CPU fills its slot while its bit in `filled` is clear. An update folds it in, and clears the bit. */
struct slot {
	struct steer_pair pair;
	u32 resets, generation;		/* of before it was made */
	int cpu;			/* that began to make it */
};

static DEFINE_PER_CPU(struct slot, slots);
static DECLARE_BITMAP(filled, FASTVDSO_CPUS);

void fastvdso_steering_set_state(enum fastvdso_steering state)
{
	WRITE_ONCE(fastvdso_steered_page()->steering, state);
}

bool fastvdso_steering_needed(void)
{
	return READ_ONCE(needed);
}

/* False while nothing can be steered, whatever the clocksource is. */
bool fastvdso_steering_is_possible(void)
{
	return READ_ONCE(steady) && fastvdso_cpu_number_is_with_counter();
}

/*
 * True if fastvdso_steering_update() is to see each update of the kernel's clocks: the steered page follows
 * them, or it waits until the counter is called steady again.
 */
bool fastvdso_steering_sees_updates(void)
{
	return READ_ONCE(running) || (!READ_ONCE(steady) && READ_ONCE(needed));
}

static void write_page(struct fastvdso_update *update)
{
	fastvdso_epoch_update(&epoch, &update->hres.clock, clock_was_set);
	clock_was_set = false;
	update->epoch = epoch.epoch;
	fastvdso_latch_write(fastvdso_steered_page(), update, true);
}

/* Have readers make the system call. The lines go on when the page is published again. */
static void withdraw(void)
{
	struct fastvdso_update update;

	fastvdso_steer_fill_nothing(&steer, &update);
	write_page(&update);
}

/* MONOTONIC at the last update. */
static s64 updated_at(void)
{
	const struct fastvdso_hres *hres = &steer.kernel.hres;

	return hres->mono_sec * (s64)NSEC_PER_SEC + hres->mono_nsec +
	       (s64)(fastvdso_clock_nsec(&hres->clock) >> hres->clock.shift);
}

/* Have the end of steering reported, if clocks are system calls now although somebody needs them. */
static void note_end(enum fastvdso_steering_end end)
{
	if (end == FASTVDSO_END_UNUSED || !needed)
		return;
	if (!is_off)
		off_since = updated_at();
	is_off = true;
	unreported.end = end;
	unreported.resumed = false;
	WRITE_ONCE(unreported.any, true);
}

static void note_begin(u64 bound_ns)
{
	if (!is_off)
		return;
	is_off = false;
	unreported.resumed = true;
	unreported.off_ns = updated_at() - off_since;
	unreported.bound_ns = bound_ns;
	WRITE_ONCE(unreported.any, true);
}

/* Readers follow the lines of this update. */
static void record_lines(const struct fastvdso_update *update)
{
	static u64 last_at, last_bound, last_growth;
	struct fastvdso_steered_time *to = &fastvdso_steered_page()->steered_time;
	u64 at = steer.mono_line.at, widest = update->clocksource.bound_ns;

	if (to->since) {
		/* The bound has grown since the last update. CPU offsets are not exact: it may seem later. */
		s64 cycles = clamp_t(s64, at - last_at, 0, steer.mono_line.reach);

		widest = max3(widest, to->bound_max, last_bound + ((u64)cycles * last_growth >> 32));
	} else {
		WRITE_ONCE(to->since, updated_at());
		note_begin(widest);
	}
	WRITE_ONCE(to->bound_max, widest);
	last_at = at;
	last_bound = update->clocksource.bound_ns;
	last_growth = update->clocksource.bound_growth;
	published_at = jiffies;
}

/* Readers make system calls until new lines begin. */
static void record_end(enum fastvdso_steering_end end)
{
	struct fastvdso_steered_time *to = &fastvdso_steered_page()->steered_time;

	if (!to->since)
		return;
	WRITE_ONCE(to->since, 0);
	WRITE_ONCE(to->ended, updated_at());
	WRITE_ONCE(to->end, end);
	note_end(end);
}

/* Forget what was measured of the counters. Pairs that are being made now will not be used. */
static void reset(enum fastvdso_steering_end end)
{
	record_end(end);
	fastvdso_steer_reset(&steer);
	acquiring_since = jiffies;
	next_pair = jiffies;
	/* Pairs with the acquire in fastvdso_steering_take_pair(): offsets were forgotten before. */
	smp_store_release(&resets, resets + 1);
}

/* True for some time after a loss: nothing is measured then. */
bool fastvdso_steering_is_held_off(void)
{
	return holdoff_is_on(&losses);
}

static void count_loss(void)
{
	struct fastvdso_time_page *page = fastvdso_steered_page();

	WRITE_ONCE(page->losses, page->losses + 1);
}

/* Drop all that was measured. The caller holds the lock. */
static void drop(enum fastvdso_steering_end end)
{
	fastvdso_counters_forget_all();
	reset(end);
	doubted_cpu = -1;
	bitmap_zero(left_out, FASTVDSO_CPUS);
	/* Even if they were not steered yet. */
	if (running)
		note_end(end);
}

/* The same, and hold off. */
static void lose(enum fastvdso_steering_end end)
{
	drop(end);
	if (!running)
		return;
	fastvdso_steering_set_state(FASTVDSO_STEERING_UNSTABLE);
	count_loss();
	holdoff_extend(&losses);
	acquiring_since = losses.until;
}

/*
 * A CPU disagrees with the one that makes the updates. Its readers make system calls until it is measured
 * again. If a second one disagrees, the one that makes the updates may be the wrong one. Returns false if
 * everything was dropped. The caller holds the lock.
 */
static bool doubt(int cpu)
{
	if (doubted_cpu >= 0 && doubted_cpu != cpu && time_before(jiffies, doubted_at + DOUBT_ALL)) {
		lose(FASTVDSO_END_CPUS);
		return false;
	}
	fastvdso_counters_doubt(cpu);
	__set_bit(cpu, left_out);
	count_loss();
	doubted_cpu = cpu;
	doubted_at = jiffies;
	unreported.cpu = cpu;
	WRITE_ONCE(unreported.any, true);
	return true;
}

static const char *const end_texts[] = {
	[FASTVDSO_END_CLOCKSOURCE]	= "the kernel changed to another clocksource",
	[FASTVDSO_END_COUNTER]		= "the counter jumped or changed its rate",
	[FASTVDSO_END_CPUS]		= "the counters of the CPUs disagreed",
	[FASTVDSO_END_CPU_NUMBER]	= "TSC_AUX lost the CPU number",
	[FASTVDSO_END_BOUND]		= "the bound became too wide",
	[FASTVDSO_END_UNMEASURED]	= "no CPU with a measured counter updated the clocks",
	[FASTVDSO_END_HOST]		= "the host does not call its clock stable any more",
};

/* Called without the lock, because printing may read the kernel's clocks. */
void fastvdso_steering_report(void)
{
	typeof(unreported) now;
	unsigned long flags;

	if (!READ_ONCE(unreported.any))
		return;
	raw_spin_lock_irqsave(&lock, flags);
	now = unreported;
	unreported = (typeof(unreported)) { .cpu = -1 };
	raw_spin_unlock_irqrestore(&lock, flags);

	if (now.cpu >= 0)
		pr_warn_ratelimited("CPU %d: counter not steady, falling back to system calls on this CPU\n",
				    now.cpu);
	if (now.end)
		pr_warn_ratelimited("clocks not steered, falling back to system calls, because %s\n",
				    end_texts[now.end]);
	if (now.resumed)
		pr_info_ratelimited("clocks steered again after %llu ms, within %llu ns\n",
				    div_u64(now.off_ns, NSEC_PER_MSEC), now.bound_ns);
}

/* Widen a pair by the slack of the CPU offsets. Returns false if it is too wide to use. */
static bool widen_pair(struct steer_pair *pair, u64 slack)
{
	u64 took = pair->after - pair->before;

	pair->before -= slack;
	pair->after += slack;
	return took + slack < fastvdso_ns_to_cycles(PAIR_MAX_NS);
}

/* Apply a measurement of this CPU's offset. The caller holds the lock. */
static enum fastvdso_offset_change apply(const struct fastvdso_measurement *measurement, s64 *offset)
{
	enum fastvdso_offset_change change = fastvdso_counters_apply(measurement);

	switch (change) {
	case FASTVDSO_OFFSET_KEEP:
		break;
	case FASTVDSO_OFFSET_NEW_SCALE:
		reset(FASTVDSO_END_UNMEASURED);
		fallthrough;
	case FASTVDSO_OFFSET_CHANGE:
		withdraw();
		*offset = fastvdso_counters_set_offset();
		break;
	case FASTVDSO_OFFSET_CONTRADICTION:
		if (!doubt(smp_processor_id()))
			withdraw();
	}
	return change;
}

/* Measure this CPU by a pair on its own scale: nothing else measures it, because it is isolated. */
static void measure_isolated_cpu(const struct steer_pair *pair)
{
	struct fastvdso_measurement measurement = {
		.generation = fastvdso_counters_generation(), .has_reference = true,
	};
	s64 offset;

	if (!fastvdso_cpu_is_isolated(smp_processor_id()) ||
	    !fastvdso_steer_offset(&steer, pair, &measurement.offset))
		return;
	measurement.offset.lo -= steer.slack;
	measurement.offset.hi += steer.slack;
	apply(&measurement, &offset);
}

/*
 * Make a pair inside an update, and once more if it took more than twice as long as usual, for
 * instance because the host interrupted a virtual CPU. @at: the counter after it.
 */
static bool sample_pair_in_update(struct clocksource *source, struct steer_pair *pair, u64 *at)
{
	u64 shortest = U64_MAX, offset = fastvdso_cpu_page()->offset[smp_processor_id()];
	int i;

	for (i = 0; i < 2 && shortest > 2 * usual_cycles; i++) {
		struct steer_pair sampled;

		if (!fastvdso_sample_own_pair_in_update(source, &steer.kernel.raw, &sampled))
			return false;
		if (sampled.after - sampled.before < shortest)
			*pair = sampled;
		shortest = pair->after - pair->before;
	}
	usual_cycles = usual_cycles ? usual_cycles - usual_cycles / 8 + shortest / 8 : shortest;
	if (offset == FASTVDSO_OFFSET_UNKNOWN) {
		measure_isolated_cpu(pair);
		return false;
	}
	pair->before += offset;
	pair->after += offset;
	*at = pair->after;
	return widen_pair(pair, steer.slack);
}

static void count_pair(void)
{
	struct fastvdso_time_page *page = fastvdso_steered_page();

	if (page->steering == FASTVDSO_STEERING_UNSTABLE)
		fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	WRITE_ONCE(page->pairings, page->pairings + 1);
}

/*
 * Take the pairs of other CPUs into account. Returns false if everything was dropped. @but: leave out the
 * pair of this CPU, which made a newer one.
 */
static bool fold_slots(unsigned int but)
{
	unsigned int cpu, count = 0;

	for_each_set_bit(cpu, filled, nr_cpu_ids) {
		struct slot slot;

		smp_rmb();	/* the bit before the slot: pairs with put_into_slot() */
		slot = per_cpu(slots, cpu);
		clear_bit_unlock(cpu, filled);
		if (slot.generation != fastvdso_counters_generation() || slot.resets != resets || cpu == but)
			continue;
		count_pair();
		if (!fastvdso_steer_other_pair(&steer, &slot.pair) && !doubt(cpu))
			return false;
		if (++count == SLOTS_PER_UPDATE)
			break;
	}
	return true;
}

/* Milliseconds between pairs for now. The caller holds the lock. */
static unsigned int pause_ms(void)
{
	unsigned long now = jiffies, acquiring = now - acquiring_since;

	/* Another CPU advances jiffies. */
	if (time_before(now, losses.until))
		return jiffies_to_msecs(losses.until - now);
	if (fastvdso_steer_is_settled(&steer))
		return PERIOD_MS;
	if (acquiring < ACQUIRE_SHORT)
		return PERIOD_ACQUIRE_MS;
	return acquiring < ACQUIRE_LONG || fastvdso_steer_can_fill(&steer) ? PERIOD_MS : PERIOD_LONG_MS;
}

unsigned int fastvdso_steering_pause_ms(void)
{
	unsigned long flags;
	unsigned int ms;

	raw_spin_lock_irqsave(&lock, flags);
	ms = pause_ms();
	raw_spin_unlock_irqrestore(&lock, flags);
	return ms;
}

/* The clocks are not steered any more, although no counter was lost. */
static void begin_again(enum fastvdso_steering_end end)
{
	if (!fastvdso_steered_page()->steered_time.since)
		return;
	record_end(end);
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	acquiring_since = jiffies;
	next_pair = jiffies;
}

/*
 * Take this CPU's pair into account. If the clock seems to have made a step, this CPU's counter may have
 * changed instead, so readers on the other CPUs make system calls until these are measured again. Returns
 * false if everything was dropped.
 */
static bool take_own_pair(const struct steer_pair *pair)
{
	bool alone = num_online_cpus() == 1;
	/* Other CPUs cannot be measured against an isolated one. */
	bool may_step = alone || (time_after(jiffies, stepped_at + STEP_PAUSE) &&
				  !fastvdso_cpu_is_isolated(smp_processor_id()));

	count_pair();
	switch (fastvdso_steer_pair(&steer, pair, may_step)) {
	case STEER_FITS:
		break;
	case STEER_STEPPED:
		if (alone)
			break;
		fastvdso_counters_forget_others();
		has_stepped = true;
		stepped_at = jiffies;
		acquiring_since = jiffies;
		break;
	case STEER_CONTRADICTS:
		lose(FASTVDSO_END_COUNTER);
		return false;
	}
	return true;
}

/*
 * Fill an update of the page by a pair that is made now. Returns false if readers have to make the
 * system call. A CPU whose counter is not measured cannot tell where the lines are.
 */
static bool fill(struct clocksource *source, struct fastvdso_update *update)
{
	unsigned int cpu = smp_processor_id();
	struct steer_pair pair;
	bool made = false;
	u64 at;

	if (fastvdso_steering_is_held_off() || !fastvdso_steering_is_possible())
		return false;
	steer.slack = fastvdso_counters_slack();
	if (fastvdso_steer_can_fill(&steer) || time_after_eq(jiffies, next_pair)) {
		next_pair = jiffies + msecs_to_jiffies(pause_ms());
		made = sample_pair_in_update(source, &pair, &at);
	}
	/* This pair comes first: it tells whether the clock made a step since the others were made. */
	if (made && !take_own_pair(&pair))
		return false;
	/* Without it, leave them for the next update. But an isolated CPU is measured with their help. */
	if ((made || !fastvdso_steer_can_fill(&steer) || fastvdso_cpu_is_isolated(cpu)) &&
	    !fold_slots(made ? cpu : nr_cpu_ids))
		return false;
	if (!made) {
		/* The last line does not reach further. */
		if (time_after(jiffies, published_at + HZ))
			begin_again(fastvdso_counters_is_measured(cpu) ? FASTVDSO_END_BOUND
									: FASTVDSO_END_UNMEASURED);
		return false;
	}
	if (!fastvdso_steer_fill(&steer, at, update)) {
		begin_again(FASTVDSO_END_BOUND);
		return false;
	}
	record_lines(update);
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACTIVE);
	return true;
}

/*
 * Returns true if the counter is steady now and was not, or the other way round. The caller holds the lock.
 */
static bool check_host(void)
{
	bool is_steady = fastvdso_arch_counter_is_steady();

	if (!heeds_host || steady == is_steady)
		return false;
	/* Also if it is steady again: what was measured meanwhile counts for nothing. */
	drop(is_steady ? FASTVDSO_END_UNUSED : FASTVDSO_END_HOST);
	if (running && !is_steady)
		fastvdso_steering_set_state(FASTVDSO_STEERING_UNSUPPORTED);
	WRITE_ONCE(steady, is_steady);
	return true;
}

/*
 * Called only where clocks can be steered, and that is allowed. From the first call on updates check it
 * too.
 */
void fastvdso_steering_check_host(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	heeds_host = true;
	check_host();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Steering was started or stopped, or has become possible or impossible. */
void fastvdso_steering_settle_state(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	if (!fastvdso_steering_is_possible())
		fastvdso_steering_set_state(FASTVDSO_STEERING_UNSUPPORTED);
	else if (!running)
		fastvdso_steering_set_state(FASTVDSO_STEERING_IDLE);
	else if (READ_ONCE(fastvdso_steered_page()->steering) == FASTVDSO_STEERING_UNSUPPORTED)
		fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/*
 * The kernel's clocks changed. Called inside the timekeeper's critical section: see
 * timekeeping.c. Returns true if steering_control.c has something to do.
 */
bool fastvdso_steering_update(const struct fastvdso_update *update, struct clocksource *source,
			      bool clocksource_changed)
{
	bool is_needed = update->hres.clock.clock_mode == FASTVDSO_CLOCK_NONE, recheck;

	raw_spin_lock(&lock);
	clock_was_set |= clocksource_changed;
	recheck = check_host();
	if (needed != is_needed) {
		WRITE_ONCE(needed, is_needed);
		recheck = true;
	}
	if (clocksource_changed && memcmp(&clocksource, &update->clocksource, sizeof(clocksource))) {
		/* MONOTONIC_RAW has another rate with this clocksource. */
		clocksource = update->clocksource;
		reset(FASTVDSO_END_CLOCKSOURCE);
		steer.step = 0;
		if (running)
			fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	}
	if (running) {
		struct fastvdso_update steered;

		fastvdso_steer_kernel(&steer, &update->hres, &update->raw);
		steer.kernel.clocksource = clocksource;
		if (fill(source, &steered))
			write_page(&steered);
		else
			withdraw();
		recheck |= READ_ONCE(unreported.any) || has_stepped;
		has_stepped = false;
	}
	raw_spin_unlock(&lock);
	return recheck;
}

/* The CPU number cannot be read with the counter any more. Readers make the system call from now on. */
void fastvdso_steering_lose_cpu_number(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	lose(FASTVDSO_END_CPU_NUMBER);
	withdraw();
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void put_into_slot(const struct slot *slot)
{
	int cpu = get_cpu();

	if (cpu == slot->cpu && !test_bit(cpu, filled)) {
		per_cpu(slots, cpu) = *slot;
		smp_mb__before_atomic();	/* pairs with fold_slots() */
		set_bit(cpu, filled);
	}
	put_cpu();
}

/* Make a pair on this CPU, for the next update. */
void fastvdso_steering_take_pair(void)
{
	struct slot slot = {
		.resets = smp_load_acquire(&resets),	/* pairs with reset() */
		.generation = fastvdso_counters_generation(),
		.cpu = raw_smp_processor_id(),
	};
	u64 slack = fastvdso_counters_slack();

	if (fastvdso_steering_is_held_off() || !fastvdso_sample_pair(&slot.pair))
		return;
	/* This CPU's offset may have been measured meanwhile: cover the old and the new one. */
	if (widen_pair(&slot.pair, max(slack, fastvdso_counters_slack())))
		put_into_slot(&slot);
}

void fastvdso_steering_start(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(running, true);
	fastvdso_steering_set_state(FASTVDSO_STEERING_ACQUIRING);
	acquiring_since = jiffies;
	if (time_after(jiffies, stopped_at + MAX_PAUSE))
		reset(FASTVDSO_END_UNUSED);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Measurements are kept for the next start. */
void fastvdso_steering_stop(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(running, false);
	fastvdso_steering_set_state(FASTVDSO_STEERING_IDLE);
	stopped_at = jiffies;
	record_end(FASTVDSO_END_UNUSED);
	fastvdso_steer_stop(&steer);
	withdraw();
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Forget all measurements: counters may stop or restart while the machine is suspended. */
void fastvdso_steering_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	fastvdso_counters_forget_all();
	reset(FASTVDSO_END_UNUSED);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/*
 * Measure this CPU's counter once more, unless that would be of no use. Runs in a thread that is bound to the
 * CPU.
 */
void fastvdso_steering_measure(void)
{
	struct fastvdso_measurement measurement;
	enum fastvdso_offset_change change;
	unsigned long flags;
	bool returned;
	s64 offset = 0;

	if (!fastvdso_steering_is_possible())
		return;
	fastvdso_counters_measure(&measurement);
	raw_spin_lock_irqsave(&lock, flags);
	change = apply(&measurement, &offset);
	returned = change == FASTVDSO_OFFSET_CHANGE && __test_and_clear_bit(smp_processor_id(), left_out);
	raw_spin_unlock_irqrestore(&lock, flags);
	if (change == FASTVDSO_OFFSET_CONTRADICTION)
		fastvdso_steering_report();
	if (returned)
		pr_info_ratelimited("CPU %d: clocks steered again on this CPU\n", raw_smp_processor_id());
	if (offset)
		pr_info_ratelimited("CPU %d: counter off by %lld cycles, correcting\n",
				    raw_smp_processor_id(), -offset);
}

/* A CPU goes offline. No thread measures it. */
void fastvdso_steering_forget(unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	fastvdso_counters_forget(cpu);
	raw_spin_unlock_irqrestore(&lock, flags);
}
