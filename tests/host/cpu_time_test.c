// SPDX-License-Identifier: GPL-2.0
/* The reader of the CPU-time pages, over pages that the test fills, with a counter and a CPU that it sets. */
#include "fake_page.h"

#include "cpu_time.h"
#include "kselftest_harness.h"

#define CPU	7

static struct fastvdso_cpu_time_pages pages;

FIXTURE(cpu_time)
{
	struct fastvdso_task_clock *clock;
	struct fastvdso_cpu_time_line *line;
	__u64 nsec;
};

FIXTURE_SETUP(cpu_time)
{
	memset(&pages, 0, sizeof(pages));
	pages.single_threaded = 1;
	self->clock = &page.task_clock;
	*self->clock = (struct fastvdso_task_clock) {
		.seq = 8, .mult = 1 << 20, .shift = 20, .offset = 1000,
	};
	self->line = &pages.line[CPU];
	*self->line = (struct fastvdso_cpu_time_line) { .seq = 3, .runtime = 50, .switches = 12 };
	fake_cpu = fake_cpunode = CPU;
	fake_counter = 100000;
	while_reading = NULL;
}

FIXTURE_TEARDOWN(cpu_time)
{
	while_reading = NULL;
}

#define READ(id)	fastvdso_read_cpu_clock(self->clock, &pages, FASTVDSO_##id##_CPUTIME_ID, &self->nsec)

TEST_F(cpu_time, the_sum_of_runtime_and_clock_is_read)
{
	struct fastvdso_cpu_time_reading now;

	EXPECT_TRUE(READ(THREAD));
	EXPECT_EQ(101050, self->nsec);
	EXPECT_TRUE(READ(PROCESS));
	EXPECT_EQ(101050, self->nsec);
	EXPECT_TRUE(fastvdso_read_cpu_time(self->clock, &pages, &now));
	EXPECT_EQ(12, now.switches);
	EXPECT_EQ(CPU, now.cpu);
	EXPECT_EQ(100000, now.counter);
}

TEST_F(cpu_time, every_factor_matches_the_reference)
{
	int i;

	for (i = 0; i < 200000; i++) {
		self->clock->mult = (__u32)random64();
		self->clock->shift = (__u32)below(64);
		self->clock->offset = random64();
		self->line->runtime = random64();
		fake_counter = random64() >> below(64);
		ASSERT_TRUE(READ(THREAD));
		ASSERT_TRUE(self->nsec == self->line->runtime + self->clock->offset +
			    (__u64)((u128)fake_counter * self->clock->mult >> self->clock->shift));
	}
}

TEST_F(cpu_time, the_numa_node_is_ignored)
{
	fake_cpunode = 3 << FASTVDSO_CPUNODE_BITS | CPU;
	EXPECT_TRUE(READ(THREAD));
}

TEST_F(cpu_time, an_invalid_clock_or_line_is_refused)
{
	self->clock->seq++;
	EXPECT_FALSE(READ(THREAD));
	self->clock->seq++;
	EXPECT_TRUE(READ(THREAD));
	self->line->seq = 0;
	EXPECT_FALSE(READ(THREAD));
}

TEST_F(cpu_time, another_cpu_or_one_without_a_line_is_refused)
{
	fake_cpu = CPU + 1;
	EXPECT_FALSE(READ(THREAD));
	fake_cpu = fake_cpunode = FASTVDSO_CPU_TIME_CPUS - 1;
	pages.line[FASTVDSO_CPU_TIME_CPUS - 1].seq = 1;
	EXPECT_TRUE(READ(THREAD));
	fake_cpu = fake_cpunode = FASTVDSO_CPU_TIME_CPUS;
	EXPECT_FALSE(READ(THREAD));
}

TEST_F(cpu_time, process_time_is_refused_once_there_were_threads)
{
	pages.single_threaded = 0;
	EXPECT_FALSE(READ(PROCESS));
	EXPECT_TRUE(READ(THREAD));
}

static void switch_thread(void)
{
	pages.line[CPU].seq++;
}

static void switch_thread_elsewhere(void)
{
	pages.line[CPU + 1].seq++;
}

static void invalidate_clock(void)
{
	page.task_clock.seq++;
}

static void measure_clock_again(void)
{
	page.task_clock.seq += 2;
}

TEST_F(cpu_time, a_change_while_reading_is_noticed)
{
	while_reading = switch_thread;
	EXPECT_FALSE(READ(THREAD));
	while_reading = measure_clock_again;
	EXPECT_FALSE(READ(THREAD));
	while_reading = switch_thread_elsewhere;
	EXPECT_TRUE(READ(THREAD));
	while_reading = invalidate_clock;
	EXPECT_FALSE(READ(THREAD));
}

TEST_HARNESS_MAIN
