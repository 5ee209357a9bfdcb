// SPDX-License-Identifier: GPL-2.0
/*
 * Through the module: all clocks at one instant, and which instants are on one time line:
 * sets, other clocksources, sleep, time namespaces.
 */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "instant.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

TEST_F(instant, a_generation_is_that_of_a_time_line)
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

/* Where nothing steers, a counter that cannot be read has no ticks at all. */
static int is_without_counter(uint64_t old)
{
	struct fastvdso_counter_info info;
	uint64_t at;

	return !fastvdso_ticks() && fastvdso_ticks_to_ns(CLOCK_MONOTONIC, old) == -EOPNOTSUPP &&
	       fastvdso_ns_to_ticks(CLOCK_MONOTONIC, 0, &at) == -EOPNOTSUPP &&
	       fastvdso_counter_info(&info) == -EOPNOTSUPP && !info.frequency &&
	       snapshot_now().clock_mode == FASTVDSO_CLOCK_NONE;
}

TEST_F_TIMEOUT(instant, ticks_and_generation_know_of_another_clocksource, 60)
{
	const char *other = strcmp(self->clocksource, "acpi_pm") ? "acpi_pm" : "hpet";
	struct fastvdso_snapshot first = snapshot_now(), last;
	struct fastvdso_status status;
	int i;

	ASSERT_EQ(0, write_to(CLOCKSOURCES "current_clocksource", other));
	fastvdso_status(&status, sizeof(status));
	ASSERT_STREQ(other, status.clocksource);
	if (mode_now() == FASTVDSO_MODE_FALLBACK) {
		EXPECT_TRUE(is_without_counter(first.ticks));
	} else {
		EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
	}
	ASSERT_EQ(0, write_to(CLOCKSOURCES "current_clocksource", self->clocksource));
	for (i = 0; i < 10000 && mode_now() != self->mode; i++)
		usleep(1000);
	ASSERT_EQ(self->mode, mode_now());
	last = snapshot_now();
	EXPECT_LT(0, (int32_t)(last.generation - first.generation));
	EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
}

TEST_F_TIMEOUT(instant, ticks_and_generation_know_that_the_machine_slept, 90)
{
	struct fastvdso_snapshot first = snapshot_now();
	int i;

	if (access("/sys/power/mem_sleep", W_OK) || access(RTC "wakealarm", W_OK))
		SKIP(return, "this kernel has no sleep to memory, or no clock to wake it");
	ASSERT_EQ(0, suspend_for(2));
	for (i = 0; i < 20000 && mode_now() != self->mode; i++)
		usleep(1000);
	ASSERT_EQ(self->mode, mode_now());
	EXPECT_LT(0, (int32_t)(snapshot_now().generation - first.generation));
	/* The counter may have begun anew, so that the tick is yet to come. */
	if (fastvdso_ticks() > first.ticks) {
		EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, first.ticks));
	}
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Its clocks in the order of `fine`. */
static void take_apart(const struct fastvdso_snapshot *snapshot, int64_t ns[FINE])
{
	ns[0] = snapshot->realtime;
	ns[1] = snapshot->monotonic;
	ns[2] = snapshot->monotonic_raw;
	ns[3] = snapshot->boottime;
	ns[4] = snapshot->tai;
}

/* How many clocks of a snapshot are not between two system calls, but for its bound. */
static unsigned int disagreeing(struct fastvdso_snapshot *snapshot)
{
	int64_t before[FINE], after[FINE], ns[FINE];
	unsigned int wrong = 0;
	size_t c;

	for (c = 0; c < FINE; c++)
		before[c] = kernel_ns(fine[c]);
	fastvdso_snapshot(snapshot);
	for (c = 0; c < FINE; c++)
		after[c] = kernel_ns(fine[c]);
	take_apart(snapshot, ns);
	for (c = 0; c < FINE; c++)
		wrong += !is_within(before[c], ns[c], after[c], snapshot->bound);
	return wrong;
}

TEST_F_TIMEOUT(instant, each_clock_of_a_snapshot_is_between_two_system_calls, 120)
{
	unsigned int i, wrong = 0, torn = 0, elsewhere = 0, late = 0;
	struct fastvdso_snapshot snapshot;
	int64_t ns[FINE], at;
	uint64_t before;
	size_t c;

	for (i = 0; i < 20000; i++) {
		int cpu = (int)(i % (unsigned int)self->cpus);

		if (i < 1000 || i % 100 < (unsigned int)self->cpus)
			run_on(cpu);
		else
			cpu = -1;
		before = fastvdso_ticks();
		wrong += disagreeing(&snapshot);
		elsewhere += cpu >= 0 && snapshot.cpu != (uint32_t)cpu;
		late += (int64_t)(snapshot.ticks - before) < 0 ||
			(int64_t)(fastvdso_ticks() - snapshot.ticks) < 0;
		/* One instant: its tick becomes each of its clocks. */
		take_apart(&snapshot, ns);
		for (c = 0; c < FINE; c++) {
			at = fastvdso_ticks_to_ns(fine[c], snapshot.ticks);
			if (at == -ESTALE && self->mode == FASTVDSO_MODE_STEERED)
				continue;
			torn += !is_within(ns[c], at, ns[c], 2 + 2 * snapshot.bound);
		}
		torn += snapshot.clock_mode != (self->mode == FASTVDSO_MODE_STEERED ?
						FASTVDSO_CLOCK_STEERED : FASTVDSO_CLOCK_COUNTER);
		torn += (self->mode == FASTVDSO_MODE_STEERED) != !!snapshot.bound;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, torn);
	EXPECT_EQ(0, elsewhere);
	EXPECT_EQ(0, late);
	EXPECT_EQ(0, snapshot.node);
}

static int see_another_namespace(uint32_t mode)
{
	struct fastvdso_snapshot snapshot;
	unsigned int i, wrong = 0;

	if (fastvdso_refresh())
		return 2;
	for (i = 0; i < 1000; i++) {
		struct stamp got = stamp(fine[i % FINE]);
		int64_t at = got.after + NS;
		uint64_t ticks;

		wrong += disagreeing(&snapshot);
		if (got.at != -ESTALE || mode != FASTVDSO_MODE_STEERED)
			wrong += !is_within(got.before, got.at, got.after, got.bound);
		/* Within 2 s of the tick of now: the offset is many days. */
		wrong += fastvdso_ns_to_ticks(fine[i % FINE], at, &ticks) ||
			 (int64_t)(ticks - fastvdso_ticks()) < 0 ||
			 (ticks - fastvdso_ticks()) / 20 > NS;
	}
	return wrong ? 1 : 0;
}

TEST_F(instant, all_of_it_is_of_the_time_namespace)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		SKIP(return, "this kernel has no time namespaces");
	ASSERT_EQ(0, write_to("/proc/self/timens_offsets",
			      "monotonic 100000000 500000000\nboottime 200000000 999999999\n"));
	pid = fork();
	if (!pid)
		_exit(see_another_namespace(self->mode));
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
