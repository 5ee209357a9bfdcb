// SPDX-License-Identifier: GPL-2.0
/*
 * The TSC of one CPU is changed while clocks are steered. The fixture's readers check that readings
 * on other CPUs stay right, and that those on that CPU are right again soon. Runs late, because the kernel
 * notices too, and takes its scheduler's clock for unstable from then on: then no CPU time is on the pages.
 */
#define _GNU_SOURCE
#include "event.h"
#include "kmsg.h"
#include "tsc.h"

#define DRIFT_STEP	20000	/* ns */

/* Wait until this process is steered on a CPU. */
static int wait_until_steered(int cpu)
{
	return pin_to_cpu(cpu) ? -1 : wait_for_mode(FASTVDSO_MODE_STEERED, 20);
}

TEST_F_TIMEOUT(event, readings_are_right_after_the_counter_of_one_cpu_jumped, 300)
{
	static const int64_t jumps[] = { 10000000, -10000000, 500000000, -500000000 };
	int kmsg = open_kmsg();
	size_t i;

	if (!can_change_tsc(self->cpus))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, find_cpus());
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		int cpu = (int)(i / 2), ms;
		struct reader *reader = &self->readers[cpu];
		int64_t jumped;

		ASSERT_LE(0, wait_until_steered(!cpu));
		ASSERT_LE(0, wait_until_steered(cpu));
		reader->wrong_at = 0;
		lseek(kmsg, 0, SEEK_END);
		ASSERT_EQ(0, jump_tsc(cpu, jumps[i]));
		jumped = __atomic_load_n(&shared->jumped_until, __ATOMIC_SEQ_CST) - WINDOW_MS * 1000000ll;
		wait_ms(2 * WINDOW_MS);
		ms = wait_until_steered(cpu);
		TH_LOG("TSC of CPU %d moved by %lld ms: wrong there for %lld ms, steered again after %d ms, %u losses",
		       cpu, (long long)jumps[i] / 1000000,
		       reader->wrong_at ? (long long)(reader->wrong_at - jumped) / 1000000 : 0,
		       ms + 2 * WINDOW_MS, status_now().losses);
		ASSERT_LE(0, ms);
		wait_ms(500);
		/* On that CPU, or on all. */
		EXPECT_TRUE(find_message(kmsg, "falling back to system calls"));
		EXPECT_TRUE(find_message(kmsg, "steered again"));
	}
	close(kmsg);
}

/*
 * Have CPU 0 make the kernel's updates. It takes that over while CPU 1 is offline, and keeps it as long as it is
 * busy.
 */
static int update_on_cpu_0(struct reader *readers)
{
	return access(CPU1, W_OK) || write_file(CPU1, "0") || write_file(CPU1, "1") ||
	       pin_reader(&readers[1]);
}

/* The TSC of CPU 0 is followed, and CPU 1 is measured again. Readings on CPU 1 are right throughout. */
TEST_F_TIMEOUT(event, small_steps_of_the_counter_of_the_updating_cpu_are_followed, 120)
{
	unsigned int losses, i, followed = 0;

	if (!can_change_tsc(self->cpus))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	if (update_on_cpu_0(self->readers))
		SKIP(return, "CPU 1 cannot be taken offline");
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, find_cpus());
	for (i = 0; i < 6; i++) {
		int ms;

		ASSERT_LE(0, wait_until_steered(1));
		ASSERT_LE(0, wait_until_steered(0));
		losses = status_now().losses;
		ASSERT_EQ(0, jump_tsc(0, DRIFT_STEP));
		wait_ms(WINDOW_MS);
		losses = status_now().losses - losses;
		followed += !losses;
		ms = wait_until_steered(1);
		TH_LOG("TSC of CPU 0 moved by %d us: %u losses, CPU 1 steered after %d ms", DRIFT_STEP / 1000,
		       losses, ms);
		ASSERT_LE(0, ms);
		wait_ms(800);
	}
	ASSERT_EQ(0, pin_to_cpu(0));
	/* Back, because the next test has the emulator do so while nobody expects it. */
	ASSERT_EQ(0, jump_tsc(0, -(int64_t)i * DRIFT_STEP));
	wait_ms(500);
	EXPECT_LT(i / 2, followed);
}

/* The TSC of CPU 1 gains time in steps, as fast as the host can. The readers of CPU 0 do not notice. */
TEST_F_TIMEOUT(event, readings_are_right_while_the_counter_of_one_cpu_drifts, 120)
{
	unsigned int losses, i, lost = 0;
	int64_t begin;

	if (!can_change_tsc(self->cpus))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	if (update_on_cpu_0(self->readers))
		SKIP(return, "CPU 1 cannot be taken offline");
	ASSERT_EQ(0, pin_to_cpu(1));
	ASSERT_EQ(0, find_cpus());
	ASSERT_LE(0, wait_until_steered(1));
	losses = status_now().losses;
	begin = kernel_ns(CLOCK_MONOTONIC);
	shared->jumped_cpu = 1;
	allow_wrong_readings_until(INT64_MAX);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, move_tsc(1, DRIFT_STEP));
		wait_ms(100);
		lost += status_now().mode == FASTVDSO_MODE_FALLBACK;
	}
	TH_LOG("%lld ppm: system calls on that CPU after %u of %u steps, %u losses",
	       (long long)(i * DRIFT_STEP * 1000000ll / (kernel_ns(CLOCK_MONOTONIC) - begin)), lost, i,
	       status_now().losses - losses);
	/* Back, because the next test has the emulator do so while nobody expects it. */
	ASSERT_EQ(0, jump_tsc(1, -(int64_t)i * DRIFT_STEP));
	EXPECT_LT(losses, status_now().losses);
	EXPECT_LT(i / 2, lost);
	wait_ms(1000);
}

/* A CPU that is reset as it comes online loses what was added to its TSC. */
TEST_F_TIMEOUT(event, readings_are_right_when_a_cpu_comes_online_with_another_counter, 120)
{
	static const int64_t jumps[] = { 500000000, -500000000 };
	size_t i;

	if (!can_change_tsc(self->cpus) || access(CPU1, W_OK))
		SKIP(return, "nothing is steered, or the host cannot change the TSC of one CPU");
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct point before;
		int64_t moved;
		int ms;

		ASSERT_EQ(0, pin_to_cpu(1));
		ASSERT_EQ(0, find_cpus());
		ASSERT_EQ(0, jump_tsc(1, jumps[i]));
		wait_ms(2 * WINDOW_MS);
		ASSERT_LE(0, wait_until_steered(1));
		before = take_point();
		ASSERT_EQ(0, write_file(CPU1, "0"));
		wait_ms(100);
		ASSERT_EQ(0, write_file(CPU1, "1"));
		ASSERT_EQ(0, pin_reader(&self->readers[1]));
		ms = wait_until_steered(1);
		moved = tsc_moved_ns(&before);
		TH_LOG("CPU 1 came online with its TSC moved by %lld ms, steered after %d ms",
		       (long long)moved / 1000000, ms);
		EXPECT_GT(llabs(jumps[i]) / 10, llabs(moved + jumps[i]));
		ASSERT_LE(0, ms);
		wait_ms(1000);
	}
}

TEST_HARNESS_MAIN
