// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of all clocks at one instant, and what ends a generation: setting the clock,
 * another clocksource, suspend. Time namespaces.
 */
#define _GNU_SOURCE
#include "instant.h"
#include "machine.h"

TEST_F(instant, the_generation_changes_only_when_the_clock_is_set)
{
	struct fastvdso_snapshot last = snapshot_now(), now;
	size_t i;

	for (i = 0; i < 3 * SETS; i++) {
		usleep(20000);
		now = snapshot_now();
		EXPECT_EQ(last.generation, now.generation);
		ASSERT_EQ(0, sets[i / 3]());
		last = snapshot_now();
		EXPECT_EQ(now.generation + 1, last.generation);
	}
}

/* Do all calls report that there is no counter? `old` is a tick of an earlier clocksource. */
static int has_no_counter(uint64_t old)
{
	struct fastvdso_counter_info info;
	uint64_t at;

	return !fastvdso_ticks() && fastvdso_ticks_to_ns(CLOCK_MONOTONIC, old) == -EOPNOTSUPP &&
	       fastvdso_ns_to_ticks(CLOCK_MONOTONIC, 0, &at) == -EOPNOTSUPP &&
	       fastvdso_counter_info(&info) == -EOPNOTSUPP && !info.frequency &&
	       snapshot_now().clock_mode == FASTVDSO_CLOCK_NONE;
}

TEST_F_TIMEOUT(instant, another_clocksource_ends_ticks_and_generation, 60)
{
	const char *other = strcmp(self->clock.source, "acpi_pm") ? "acpi_pm" : "hpet";
	struct fastvdso_snapshot first = snapshot_now(), last;
	int fallback, none;

	if (!is_available(other))
		SKIP(return, "there is no other clocksource");
	ASSERT_EQ(0, write_file(CLOCKSOURCES "current_clocksource", other));
	ASSERT_STREQ(other, status_now().clocksource);
	/* Steering begins again 10 to 30 ms after the switch, and this CPU may have been stopped for as long. */
	fallback = status_now().mode == FASTVDSO_MODE_FALLBACK;
	none = has_no_counter(first.ticks);
	if (fallback && status_now().mode == FASTVDSO_MODE_FALLBACK) {
		EXPECT_TRUE(none);
	} else {
		EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
	}
	ASSERT_EQ(0, write_file(CLOCKSOURCES "current_clocksource", self->clock.source));
	ASSERT_LE(0, wait_for_mode(self->mode, 10));
	last = snapshot_now();
	EXPECT_LT(0, (int32_t)(last.generation - first.generation));
	EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
}

TEST_F_TIMEOUT(instant, suspend_ends_ticks_and_generation, 90)
{
	struct fastvdso_snapshot first = snapshot_now();
	int64_t slept = slept_ns();
	char attempts[512];

	if (!can_suspend())
		SKIP(return, "this machine cannot suspend to memory, or has no RTC to wake it");
	ASSERT_EQ(0, suspend_for(2));
	ASSERT_LE(0, wait_for_mode(self->mode, 20));
	EXPECT_LT(0, (int32_t)(snapshot_now().generation - first.generation)) {
		describe_suspends(attempts, sizeof(attempts));
		TH_LOG("BOOTTIME gained %lld ms on MONOTONIC;%s", (long long)(slept_ns() - slept) / 1000000,
		       attempts);
	}
	/* The counter may have restarted, and the tick is in the future then. */
	if (fastvdso_ticks() > first.ticks) {
		EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
	}
}

/* Copy the clocks in the order of `fine`. */
static void copy_clocks(const struct fastvdso_snapshot *snapshot, int64_t ns[FINE])
{
	ns[0] = snapshot->realtime;
	ns[1] = snapshot->monotonic;
	ns[2] = snapshot->monotonic_raw;
	ns[3] = snapshot->boottime;
	ns[4] = snapshot->tai;
}

/* Take a snapshot, and return how many of its clocks are not between two system calls. */
static unsigned int count_wrong_clocks(struct fastvdso_snapshot *snapshot)
{
	int64_t before[FINE], after[FINE], ns[FINE];
	unsigned int wrong = 0;
	size_t c;

	read_kernel_clocks(before);
	fastvdso_snapshot(snapshot);
	read_kernel_clocks(after);
	copy_clocks(snapshot, ns);
	for (c = 0; c < FINE; c++)
		wrong += !is_within(before[c], ns[c], after[c], snapshot->bound);
	return wrong;
}

TEST_F_TIMEOUT(instant, each_clock_of_a_snapshot_lies_between_two_system_calls, 120)
{
	unsigned int i, wrong = 0, torn = 0, elsewhere = 0, late = 0, fallbacks = 0;
	struct fastvdso_snapshot snapshot;
	int64_t ns[FINE], at;
	uint64_t before;
	size_t c;

	for (i = 0; i < 20000; i++) {
		int cpu = (int)(i % (unsigned int)self->cpus);

		if (i < 1000 || i % 100 < (unsigned int)self->cpus)
			pin_to_cpu(cpu);
		else
			cpu = -1;
		before = fastvdso_ticks();
		wrong += count_wrong_clocks(&snapshot);
		elsewhere += cpu >= 0 && snapshot.cpu != (uint32_t)cpu;
		late += (int64_t)(snapshot.ticks - before) < 0 ||
			(int64_t)(fastvdso_ticks() - snapshot.ticks) < 0;
		/* The tick of the snapshot, converted, has to give each of its clocks. */
		copy_clocks(&snapshot, ns);
		for (c = 0; c < FINE; c++) {
			at = fastvdso_ticks_to_ns(fine[c], snapshot.ticks);
			if (may_be_unconverted(at, self->mode))
				continue;
			torn += !is_within(ns[c], at, ns[c], 2 + 2 * snapshot.bound);
		}
		/* A CPU whose counter is found not to be steady makes system calls for a while. */
		if (self->mode == FASTVDSO_MODE_STEERED && !snapshot.bound) {
			fallbacks++;
			continue;
		}
		torn += snapshot.clock_mode != self->clock_mode;
		torn += (self->mode == FASTVDSO_MODE_STEERED) != !!snapshot.bound;
	}
	TH_LOG("%u of %u snapshots by system calls", fallbacks, i);
	EXPECT_GT(i / 2, fallbacks);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, torn);
	EXPECT_EQ(0, elsewhere);
	EXPECT_EQ(0, late);
	EXPECT_EQ(0, snapshot.node);
}

static int check_namespace(uint32_t mode)
{
	struct fastvdso_snapshot snapshot;
	unsigned int i, wrong = 0;

	if (fastvdso_refresh())
		return 2;
	for (i = 0; i < 1000; i++) {
		struct stamp got = stamp(fine[i % FINE]);
		int64_t at = got.after + NS;
		uint64_t ticks;

		wrong += count_wrong_clocks(&snapshot);
		wrong += !is_stamp_right(got, mode);
		/* At most 2 s from now, while the offset of the namespace is years. */
		wrong += fastvdso_ns_to_ticks(fine[i % FINE], at, &ticks) ||
			 (int64_t)(ticks - fastvdso_ticks()) < 0 ||
			 (ticks - fastvdso_ticks()) / 20 > NS;
	}
	return wrong ? 1 : 0;
}

TEST_F(instant, ticks_and_snapshots_follow_the_time_namespace)
{
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		SKIP(return, "this kernel has no time namespaces");
	ASSERT_EQ(0, write_file("/proc/self/timens_offsets",
			      "monotonic 100000000 500000000\nboottime 200000000 999999999\n"));
	pid = fork();
	if (!pid)
		_exit(check_namespace(self->mode));
	EXPECT_EQ(0, wait_for_child(pid));
}

TEST_HARNESS_MAIN
