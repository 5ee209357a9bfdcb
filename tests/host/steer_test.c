// SPDX-License-Identifier: GPL-2.0
/* Steering on a simulated machine. A thread migrates between CPUs and reads the steered page. */
#include "fake_machine.h"

#include "kselftest_harness.h"

struct seen {
	unsigned long	reads, steered, beyond, backwards, ahead;
	__u64		bound_max;
	__s64		last_mono, last_raw;
};

/* When reads became steered, ns. */
static __u64 steered_since;
/* From then on, readings may be ahead of the kernel's clock for this long. */
#define AHEAD_MAX	(4 * MS)

/* Read the clocks on a CPU, and compare them with the kernel's. */
static void look(struct seen *seen, int cpu)
{
	struct fastvdso_reading now;
	__u64 bound = 0;
	__s64 mono, raw;

	fake_cpu = (__u32)cpu;
	fake_counter = counter_of(cpu, machine.now);
	seen->reads++;
	if (!fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &bound)) {
		/* Fall back to the system call. */
		mono = (__s64)kernel_mono();
		raw = (__s64)kernel_raw();
		steered_since = machine.now;
	} else {
		mono = fastvdso_reading_to_nsec(&now);
		seen->steered++;
		seen->ahead += machine.now - steered_since > AHEAD_MAX && mono > (__s64)kernel_mono();
		seen->beyond += mono > (__s64)(kernel_mono() + bound) ||
				mono < (__s64)(kernel_mono() - bound);
		seen->bound_max = bound > seen->bound_max ? bound : seen->bound_max;
		if (!fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC_RAW, &now, &bound))
			raw = 0;
		else
			raw = fastvdso_reading_to_nsec(&now);
		seen->beyond += raw > (__s64)(kernel_raw() + bound) || raw < (__s64)(kernel_raw() - bound);
		if (!fastvdso_read_clock(&by_steering, &ns, FASTVDSO_REALTIME, &now, &bound) ||
		    fastvdso_reading_to_nsec(&now) != mono + machine.real_offset)
			seen->beyond++;
	}
	seen->backwards += mono < seen->last_mono || raw < seen->last_raw;
	seen->last_mono = mono;
	seen->last_raw = raw;
}

/* Run the machine. Ticks come every 4 ms, some of them late; NTP slews the clock if @slewing. */
static struct seen run(__u64 duration, int slewing)
{
	__u64 end = machine.now + duration, next_tick = machine.now, next_pair[CPUS];
	struct seen seen = { 0 };
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++)
		next_pair[cpu] = machine.now + below(machine.period);
	while (machine.now < end) {
		machine.now += 200 + below(200000);
		if (machine.now >= next_tick) {
			tick((int)below((__u64)machine.ticking),
			     slewing && !below(8) ? slewed((__s64)below(1001) - 500) : machine.mult);
			next_tick = machine.now + 4 * MS + (below(100) ? 0 : below(60 * MS));
		}
		for (cpu = 0; cpu < machine.cpus; cpu++) {
			if (machine.now < next_pair[cpu])
				continue;
			pair_up(cpu);
			next_pair[cpu] = machine.now + machine.period;
		}
		/* A migration takes at least half a microsecond. */
		look(&seen, (int)below((__u64)machine.cpus));
		machine.now += 500;
		look(&seen, (int)below((__u64)machine.cpus));
	}
	return seen;
}

FIXTURE(steer)
{
	int unused;
};

FIXTURE_VARIANT(steer)
{
	double hz;
	unsigned int shift;
	__u64 bound;		/* upper limit, with pairs of up to a microsecond */
	__u64 steered;		/* minimum share of steered reads, percent */
};

FIXTURE_VARIANT_ADD(steer, hpet) { .hz = 14318180, .shift = 24, .bound = 4000, .steered = 95 };
FIXTURE_VARIANT_ADD(steer, acpi_pm) { .hz = 3579545, .shift = 22, .bound = 5000, .steered = 95 };
FIXTURE_VARIANT_ADD(steer, jiffies) { .hz = 250, .shift = 8, .bound = 17000000, .steered = 30 };

FIXTURE_SETUP(steer)
{
	new_machine(variant->hz, variant->shift);
}

FIXTURE_TEARDOWN(steer)
{
}

/* All reads are within the bound and in order, and nearly all are steered. */
#define EXPECT_GOOD(seen) do {						\
	EXPECT_EQ(0, (seen).beyond);					\
	EXPECT_EQ(0, (seen).backwards);					\
	if (variant->hz > 1000)						\
		EXPECT_EQ(0, (seen).ahead);				\
	EXPECT_LT((seen).reads * variant->steered / 100, (seen).steered); \
	EXPECT_GT(variant->bound, (seen).bound_max);			\
	EXPECT_EQ(0, lost);						\
} while (0)

TEST_F(steer, equal_counters_stay_within_the_bound)
{
	struct seen seen = run(30 * SEC, 0);

	EXPECT_GOOD(seen);
}

TEST_F(steer, slews_of_the_kernel_stay_within_the_bound)
{
	struct seen seen = run(30 * SEC, 1);

	EXPECT_GOOD(seen);
}

TEST_F(steer, counters_with_offsets_stay_within_the_bound)
{
	struct seen seen;
	int cpu;

	/* Offsets as measured, with errors up to the slack. */
	steer.slack = 300;
	for (cpu = 1; cpu < CPUS; cpu++) {
		machine.counters[cpu].offset = random64();
		cpus.offset[cpu] = machine.counters[0].offset - machine.counters[cpu].offset +
				   below(601) - 300;
	}
	seen = run(30 * SEC, 1);
	EXPECT_GOOD(seen);
}

/* The errors are as large as the slack allows, so a thread that migrates may see time go back. */
TEST_F(steer, counters_at_the_ends_of_their_slack_stay_within_the_bound)
{
	struct seen seen;

	steer.slack = 4000;
	cpus.offset[1] = steer.slack;
	cpus.offset[2] = -steer.slack;
	seen = run(30 * SEC, 1);
	EXPECT_EQ(0, seen.beyond);
	EXPECT_EQ(0, lost);
	EXPECT_LT(0, seen.steered);
}

TEST_F(steer, counters_of_every_frequency_stay_within_the_bound)
{
	static const double hz[] = { 1e9, 999999999, 1.1e9, 3.2e9, 5.8e9 };
	size_t i;
	int cpu;

	for (i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		struct seen seen;

		for (cpu = 0; cpu < CPUS; cpu++)
			machine.counters[cpu].hz = hz[i];
		lose();
		lost = 0;
		publish_steered(0);
		seen = run(30 * SEC, 1);
		EXPECT_GOOD(seen);
	}
}

TEST_F(steer, a_step_is_visible_at_once_and_in_realtime_only)
{
	struct fastvdso_reading now;
	__u64 bound, then;
	__s64 mono;

	run(20 * SEC, 0);
	fake_cpu = 0;
	fake_counter = counter_of(0, machine.now);
	ASSERT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &bound));
	mono = fastvdso_reading_to_nsec(&now);
	machine.real_offset -= 1000000 * (__s64)SEC + 123;
	then = machine.now;
	tick(0, machine.mult);
	fake_counter = counter_of(0, machine.now);
	ASSERT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &bound));
	EXPECT_LE(mono, fastvdso_reading_to_nsec(&now));
	EXPECT_GE(mono + 2 + (__s64)(machine.now - then), fastvdso_reading_to_nsec(&now));
	ASSERT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_REALTIME, &now, &bound));
	EXPECT_LE(mono + machine.real_offset, fastvdso_reading_to_nsec(&now));
}

TEST_F(steer, a_cpu_whose_counter_is_not_measured_makes_the_system_call)
{
	struct fastvdso_counter counter;
	struct fastvdso_reading now;

	run(20 * SEC, 0);
	cpus.offset[1] = FASTVDSO_OFFSET_UNKNOWN;
	fake_counter = counter_of(0, machine.now);
	fake_cpu = 0;
	EXPECT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	EXPECT_TRUE(fastvdso_read_counter(&by_steering, &counter, NULL));
	fake_cpu = 1;
	EXPECT_FALSE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	EXPECT_FALSE(fastvdso_read_counter(&by_steering, &counter, NULL));
}

/* The limits that a pair of the CPU gives contain its offset. */
TEST_F(steer, the_offset_of_a_cpu_is_measured_by_one_pair)
{
	struct steer_pair late;
	struct interval limits;
	int i;

	run(20 * SEC, 0);
	for (i = 0; i < 1000; i++) {
		__u64 offset = random64();
		struct steer_pair pair;

		run(MS, 0);
		machine.now += below(10 * MS);
		pair = make_pair(1);
		pair.before -= offset;
		pair.after -= offset;
		ASSERT_TRUE(fastvdso_steer_offset(&steer, &pair, &limits));
		ASSERT_LE(limits.lo, (__s64)offset);
		ASSERT_GE(limits.hi, (__s64)offset);
		/* In cycles of 2.45 GHz. */
		ASSERT_GT(variant->bound * 5, (__u64)(limits.hi - limits.lo));
	}
	machine.now += SEC;
	late = make_pair(1);
	EXPECT_FALSE(fastvdso_steer_offset(&steer, &late, &limits));
}

/* Run until a pair contradicts the others, which must happen within @ns_at_most. */
static int is_noticed_within(__u64 ns_at_most)
{
	__u64 began = machine.now;

	while (!lost && machine.now - began < 30 * SEC)
		run(machine.period / 4, 0);
	printf("# noticed after %llu ms\n", (unsigned long long)((machine.now - began) / MS));
	return lost && machine.now - began <= ns_at_most;
}

TEST_F(steer, a_counter_that_stops_is_noticed)
{
	run(2 * SEC, 0);
	machine.counters[2].changes = machine.now;
	machine.counters[2].hz_then = 0;
	EXPECT_TRUE(is_noticed_within(3 * machine.period));
}

TEST_F(steer, a_counter_that_jumps_is_noticed)
{
	static const __s64 jumps[] = { 100000000, -100000000, 1ll << 40, -(1ll << 39) };
	size_t i;

	for (i = 0; i < 4; i++) {
		lost = 0;
		run(2 * SEC, 0);
		ASSERT_EQ(0, lost);
		machine.counters[1].jump = 0;
		machine.counters[1].hz_then = machine.counters[1].hz;
		machine.counters[1].changes = machine.now;
		machine.counters[1].jump = jumps[i];
		EXPECT_TRUE(is_noticed_within(3 * machine.period));
		machine.counters[1].changes = 0;
		lose();
	}
}

/*
 * All counters jump, as when a virtual machine is stopped or moved, by any amount. After the next tick
 * readings are within their bounds, or readers make the system call.
 */
TEST_F(steer, after_a_jump_of_all_counters_readings_are_within_the_bound_from_the_next_tick_on)
{
	unsigned long beyond = 0, during = 0, steered = 0;
	int i, cpu;

	if (variant->hz < 1000)
		SKIP(return, "the tick of this clocksource is longer than the jumps");
	run(5 * SEC, 1);
	for (i = 0; i < 3000; i++) {
		/* From some nanoseconds to a second, ahead or behind. */
		__s64 jump = (__s64)(random64() % (1ull << (4 + below(28))));
		struct seen seen = { 0 };
		int steps = machine.steps;

		for (cpu = 0; cpu < CPUS; cpu++)
			machine.counters[cpu].offset += (__u64)(i % 2 ? jump : -jump);
		look(&seen, (int)below(CPUS));
		during += seen.beyond;
		seen.beyond = 0;
		tick((int)below(CPUS), machine.mult);
		for (cpu = 0; cpu < CPUS; cpu++)
			look(&seen, cpu);
		beyond += seen.beyond;
		steered += seen.steered;
		seen = run(30 * MS, 1);
		beyond += seen.beyond;
		if (lost || machine.steps > steps)
			run(300 * MS, 1);
		lost = 0;
	}
	printf("# %lu readings wrong in the tick of the jump, %lu steered in the next one\n",
	       during, steered);
	EXPECT_EQ(0, beyond);
	EXPECT_LT(100, during);
	EXPECT_LT(1000, steered);
}

/* Add to all counters, and change their rate from now on. */
static void adjust_counters(__s64 add_ns, double ppm)
{
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		struct counter *c = &machine.counters[cpu];
		__u64 value = counter_of(cpu, machine.now) + (__u64)(__s64)((double)add_ns * 2.45);

		c->hz = 2.45e9 * (1 + ppm / 1e6);
		c->offset = value - (__u64)((double)machine.now * c->hz / 1e9);
	}
}

/*
 * A hypervisor adjusts its clock each second, by up to 35 us and 60 ppm, as Xen does. Clocks stay steered,
 * and once the steps are known, readings are within the bound. It is small again after quiet minutes. Readers
 * on CPUs that make no updates make system calls until these are measured again.
 */
static void expect_steered_while_adjusted(struct __test_metadata *_metadata, int count,
					  unsigned long percent)
{
	unsigned long beyond = 0, steered = 0, reads = 0;
	struct seen seen;
	__u64 most;
	int i;

	machine.cpus = machine.ticking = count;
	run(5 * SEC, 0);
	for (i = 0; i < 80; i++) {
		adjust_counters((__s64)below(70001) - 35000, (double)below(121) - 60);
		seen = run(SEC, 0);
		beyond += i < 20 ? 0 : seen.beyond;
		steered += seen.steered;
		reads += seen.reads;
	}
	printf("# %lu of %lu readings outside the bound, %lu steered, %d losses, %d steps, %llu ns for steps\n",
	       beyond, reads, steered, lost, machine.steps, (unsigned long long)steer.step);
	EXPECT_EQ(0, beyond);
	EXPECT_EQ(0, lost);
	EXPECT_LT(reads / 100 * percent, steered);
	most = steer.step;
	EXPECT_LT(20000, most);
	run(130 * SEC, 0);
	EXPECT_GE(most / 4 + 1, steer.step);
}

TEST_F(steer, a_clock_that_is_adjusted_every_second_stays_steered)
{
	if (variant->hz < 1000)
		SKIP(return, "the tick of this clocksource is longer than the steps");
	expect_steered_while_adjusted(_metadata, 1, 99);
}

TEST_F(steer, with_several_cpus_a_clock_that_is_adjusted_every_second_stays_steered)
{
	if (variant->hz < 1000)
		SKIP(return, "the tick of this clocksource is longer than the steps");
	expect_steered_while_adjusted(_metadata, CPUS, 80);
}

/*
 * The counter of the CPU that makes the updates is set back by up to 35 us, again and again. Readers on other CPUs do
 * not notice, although one is idle and makes no pairs.
 */
TEST_F(steer, small_steps_of_one_counter_are_not_seen_on_other_cpus)
{
	unsigned long beyond = 0, steered = 0;
	int i;

	if (variant->hz < 1000)
		SKIP(return, "the tick of this clocksource is longer than the steps");
	machine.ticking = 1;
	machine.idle = 1 << 3;
	for (i = 0; i < 50; i++) {
		__u64 jump = 5000 + below(30001), end;
		int cpu;

		run(SEC, 0);
		machine.counters[0].offset -= (__u64)((double)jump * 2.45);
		for (end = machine.now + SEC; machine.now < end; machine.now += 4 * MS) {
			struct seen seen = { 0 };

			tick(0, machine.mult);
			for (cpu = 0; cpu < CPUS; cpu++)
				look(&seen, cpu);
			beyond += seen.beyond;
			steered += seen.steered;
		}
	}
	printf("# %lu of %lu steered readings outside the bound, %d losses, %d steps\n", beyond, steered,
	       lost, machine.steps);
	EXPECT_EQ(0, beyond);
	EXPECT_EQ(i, machine.steps);
	EXPECT_LT(10000, steered);
}

/* One CPU's counter has another rate. Only readers on that CPU have to make system calls. */
TEST_F(steer, a_cpu_that_drifts_is_left_out)
{
	struct seen seen;

	machine.ticking = 1;
	run(20 * SEC, 0);
	machine.counters[3].changes = machine.now;
	machine.counters[3].hz_then = machine.counters[3].hz * 1.00005;
	run(2 * SEC + 50000 * (__u64)(1e9 / variant->hz), 0);
	EXPECT_EQ(0, lost);
	EXPECT_EQ(FASTVDSO_OFFSET_UNKNOWN, cpus.offset[3]);
	EXPECT_EQ(0, cpus.offset[0] | cpus.offset[1] | cpus.offset[2]);
	seen = run(5 * SEC, 0);
	EXPECT_EQ(0, seen.beyond);
	EXPECT_LT(seen.reads / 100 * (variant->steered < 75 ? variant->steered / 2 : 70), seen.steered);
}

TEST_F(steer, a_counter_that_changes_its_rate_is_noticed)
{
	run(2 * SEC, 0);
	machine.counters[3].changes = machine.now;
	machine.counters[3].hz_then = machine.counters[3].hz * 0.7;
	EXPECT_TRUE(is_noticed_within(3 * machine.period));
}

TEST_F(steer, a_counter_that_drifts_is_noticed)
{
	run(20 * SEC, 0);
	machine.counters[0].changes = machine.now;
	machine.counters[0].hz_then = machine.counters[0].hz * 1.00005;
	/* The drift shows once it exceeds the resolution of the clocksource. */
	EXPECT_TRUE(is_noticed_within(SEC + 50000 * (__u64)(1e9 / variant->hz)));
}

/* All counters change together, as after a live migration: only the kernel's clock shows it. */
TEST_F(steer, a_machine_that_changes_its_rate_is_noticed)
{
	int cpu;

	run(2 * SEC, 0);
	for (cpu = 0; cpu < CPUS; cpu++) {
		machine.counters[cpu].changes = machine.now;
		machine.counters[cpu].hz_then = machine.counters[cpu].hz * 1.3;
	}
	EXPECT_TRUE(is_noticed_within(3 * machine.period));
}

TEST_F(steer, steering_resumes_after_a_pause)
{
	struct seen seen = run(20 * SEC, 1);

	EXPECT_GOOD(seen);
	fastvdso_steer_stop(&steer);
	publish_steered(0);
	machine.now += 10 * SEC;	/* the kernel's ticks are not reported meanwhile */
	tick(0, machine.mult);
	seen = run(5 * SEC, 1);
	EXPECT_EQ(0, seen.beyond);
	EXPECT_EQ(0, seen.backwards);
	EXPECT_EQ(0, lost);
}

/* The line ends if no tick comes for longer than its reach. */
TEST_F(steer, a_line_is_not_extrapolated_past_its_end_and_its_bound_grows)
{
	struct fastvdso_reading now;
	__u64 bound, later;

	run(20 * SEC, 0);
	fake_cpu = 0;
	fake_counter = counter_of(0, machine.now);
	ASSERT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &bound));
	machine.now += STEER_REACH / 2;
	fake_counter = counter_of(0, machine.now);
	ASSERT_TRUE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &later));
	/* At least by the assumed drift of the rate. */
	EXPECT_LT(bound + STEER_REACH / 2 / STEER_WANDER, later);
	machine.now += 2 * STEER_REACH;
	fake_counter = counter_of(0, machine.now);
	EXPECT_FALSE(fastvdso_read_clock(&by_steering, &ns, FASTVDSO_MONOTONIC, &now, &bound));
}

TEST_HARNESS_MAIN
