// SPDX-License-Identifier: GPL-2.0
/* The image with a steered page: which calls are steered, and their bounds. */
#define _GNU_SOURCE
#include "map.h"

#include <sched.h>

#include "kselftest_harness.h"
#include "mapped_image.h"

#define BOUND		1000
#define GROWTH		(1u << 30)	/* a quarter of a nanosecond per cycle */

FIXTURE(steered)
{
	struct fastvdso_update kernel, line;
	__u64 offset;
};

/* This CPU's counter plus its offset. */
static __u64 scale(const FIXTURE_DATA(steered) *self)
{
	return fastvdso_arch_counter() + self->offset;
}

static void publish(FIXTURE_DATA(steered) *self)
{
	fastvdso_latch_write(page, &self->kernel, 1);
	fastvdso_latch_write(steered, &self->line, 1);
}

/* The line differs from the time page and from the kernel's clocks. */
static void start_line(FIXTURE_DATA(steered) *self)
{
	fill_update(&self->line, FASTVDSO_CLOCK_STEERED, scale(self));
	self->line.hres.real_sec += 500000;
	self->line.hres.mono_sec += 600000;
	self->line.raw.raw_sec += 700000;
	self->line.raw.real_coarse_sec = 0;
	self->line.clocksource.bound_ns = BOUND;
	self->line.clocksource.bound_growth = GROWTH;
	publish(self);
}

/* Run on one CPU, whose offset differs from all others'. */
FIXTURE_SETUP(steered)
{
	void *code = map_image();
	cpu_set_t set;
	int cpu = sched_getcpu(), i;

	ASSERT_NE(NULL, code);
	if (!cpu_has("rdtscp"))
		SKIP(return, "this CPU has no rdtscp");
	ASSERT_EQ(0, seal_image(code));
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
	ASSERT_GT(FASTVDSO_CPUS, cpu);
	for (i = 0; i < FASTVDSO_CPUS; i++)
		cpus->offset[i] = (__u64)(i - cpu + 1) << 50;
	self->offset = cpus->offset[cpu];

	fill_update(&self->kernel, FASTVDSO_CLOCK_NONE, 12345);
	start_line(self);
	fill_namespace();
}

FIXTURE_TEARDOWN(steered)
{
}

TEST_F(steered, now_ns_follows_the_line_and_returns_the_bound)
{
	const struct fastvdso_update *line = &self->line;
	size_t i, round, restarts = 0;

	/* A machine or process that is stopped for a second finds the line too old, and makes system calls. */
	for (round = 0; round < 20000; round++)
		for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
			__u64 from = scale(self), to;
			int64_t first = image.now_ns(fine[i]), second;
			uint64_t bound = 0;

			second = image.now_ns_bound(fine[i], &bound);
			to = scale(self);
			if (to - line->hres.clock.cycle_last > line->hres.clock.max_delta) {
				start_line(self);
				ASSERT_GT(10, ++restarts);
				continue;
			}
			ASSERT_LE(clock_at(line, fine[i], from), first);
			ASSERT_LE(first, second);
			ASSERT_LE(second, clock_at(line, fine[i], to));
			ASSERT_LE(BOUND + ((from - line->hres.clock.cycle_last) >> 2), bound);
			ASSERT_GE(BOUND + ((to - line->hres.clock.cycle_last) >> 2), bound);
		}
}

TEST_F(steered, other_calls_are_steered_only_on_request)
{
	const struct fastvdso_update *line = &self->line;
	uint64_t bound = 99;
	size_t i;

	EXPECT_TRUE(is_the_kernels(by_clock_gettime(CLOCK_REALTIME)));
	EXPECT_TRUE(is_the_kernels(by_gettimeofday()));
	ns->flags = FASTVDSO_NS_HYPERVISOR;
	EXPECT_TRUE(is_the_kernels(by_clock_gettime(CLOCK_REALTIME)));
	EXPECT_TRUE(is_the_kernels(by_gettimeofday()));
	ns->flags = FASTVDSO_NS_STEERED;
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		__u64 from = scale(self);
		int64_t got = by_clock_gettime(fine[i]);

		EXPECT_LE(clock_at(line, fine[i], from), got);
		EXPECT_LE(got, clock_at(line, fine[i], scale(self)));
	}
	EXPECT_EQ(clock_at(line, CLOCK_REALTIME, 0) / 1000000000, by_gettimeofday() / 1000000000);
	/* Clocks that are not steered come from the time page or a system call. */
	EXPECT_EQ(1000000000001, by_clock_gettime(CLOCK_REALTIME_COARSE));
	EXPECT_EQ(1000000000001, image.now_ns_bound(CLOCK_REALTIME_COARSE, &bound));
	EXPECT_EQ(0, bound);
	EXPECT_EQ(1000, image.time(NULL));
	bound = 99;
	EXPECT_LE(0, image.now_ns_bound(CLOCK_PROCESS_CPUTIME_ID, &bound));
	EXPECT_EQ(0, bound);
	bound = 99;
	EXPECT_EQ(-EINVAL, image.now_ns_bound(99, &bound));
	EXPECT_EQ(0, bound);
}

/* No call is steered, although steering was requested. */
#define EXPECT_SYSTEM_CALLS() do {					\
	uint64_t bound_ = 99;						\
	ns->flags = FASTVDSO_NS_STEERED;				\
	EXPECT_TRUE(is_the_kernels(image.now_ns(CLOCK_REALTIME)));	\
	EXPECT_TRUE(is_the_kernels(image.now_ns_bound(CLOCK_REALTIME, &bound_)));	\
	EXPECT_EQ(0, bound_);						\
	EXPECT_TRUE(is_the_kernels(by_clock_gettime(CLOCK_REALTIME)));	\
	EXPECT_TRUE(is_the_kernels(by_gettimeofday()));			\
} while (0)

TEST_F(steered, past_the_lines_end_calls_use_the_system_call)
{
	self->line.hres.clock.max_delta = 1000;
	self->line.hres.clock.cycle_last -= 1 << 20;
	publish(self);
	EXPECT_SYSTEM_CALLS();
	self->line.hres.clock.max_delta = ~0u;
	self->line.hres.clock.cycle_last -= 1ull << 33;
	publish(self);
	EXPECT_SYSTEM_CALLS();
}

TEST_F(steered, a_counter_behind_reads_as_the_lines_start)
{
	const struct fastvdso_update *line = &self->line;
	uint64_t bound = 0;
	size_t i;

	self->line.hres.clock.cycle_last += 1ull << 50;
	self->line.raw.clock.cycle_last += 1ull << 50;
	publish(self);
	ns->flags = FASTVDSO_NS_STEERED;
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		EXPECT_EQ(clock_at(line, fine[i], 0), image.now_ns(fine[i]));
		EXPECT_EQ(clock_at(line, fine[i], 0), image.now_ns_bound(fine[i], &bound));
		EXPECT_EQ(BOUND, bound);
		EXPECT_EQ(clock_at(line, fine[i], 0), by_clock_gettime(fine[i]));
	}
	EXPECT_EQ(clock_at(line, CLOCK_REALTIME, 0) / 1000, by_gettimeofday() / 1000);
	/* now_ns() is steered without the flag; clock_gettime() is not. */
	ns->flags = 0;
	EXPECT_EQ(clock_at(line, CLOCK_REALTIME, 0), image.now_ns(CLOCK_REALTIME));
	EXPECT_TRUE(is_the_kernels(by_clock_gettime(CLOCK_REALTIME)));
}

TEST_F(steered, a_readable_time_page_takes_precedence)
{
	struct fastvdso_clock *clock = &self->kernel.hres.clock;
	int64_t before;
	uint64_t bound = 99;

	ns->flags = FASTVDSO_NS_STEERED;
	clock->clock_mode = FASTVDSO_CLOCK_COUNTER;
	clock->cycle_last = fastvdso_arch_counter();
	publish(self);
	before = clock_at(&self->kernel, CLOCK_REALTIME, fastvdso_arch_counter());
	EXPECT_LE(before, image.now_ns(CLOCK_REALTIME));
	EXPECT_LE(before, by_clock_gettime(CLOCK_REALTIME));
	EXPECT_LE(before, image.now_ns_bound(CLOCK_REALTIME, &bound));
	EXPECT_EQ(0, bound);
	EXPECT_LE(before / 1000, by_gettimeofday() / 1000);
	EXPECT_GE(clock_at(&self->kernel, CLOCK_REALTIME, fastvdso_arch_counter()),
		  by_gettimeofday() - 1000000000);
	/* The same on the slow path. */
	clock->cycle_last += 1ull << 50;
	publish(self);
	EXPECT_EQ(clock_at(&self->kernel, CLOCK_REALTIME, 0), image.now_ns(CLOCK_REALTIME));
	EXPECT_EQ(clock_at(&self->kernel, CLOCK_REALTIME, 0), by_clock_gettime(CLOCK_REALTIME));
}

TEST_F(steered, nothing_is_steered_if_either_page_forbids_it)
{
	struct fastvdso_clock *kernel = &self->kernel.hres.clock, *line = &self->line.hres.clock;

	/* The kernel's clocksource is a hypervisor's, whose page is not mapped. */
	kernel->clock_mode = FASTVDSO_CLOCK_PVCLOCK;
	publish(self);
	EXPECT_SYSTEM_CALLS();
	line->cycle_last += 1ull << 50;
	publish(self);
	EXPECT_SYSTEM_CALLS();
	kernel->clock_mode = FASTVDSO_CLOCK_NONE;
	line->clock_mode = FASTVDSO_CLOCK_NONE;
	publish(self);
	EXPECT_SYSTEM_CALLS();
	line->clock_mode = FASTVDSO_CLOCK_COUNTER;
	publish(self);
	EXPECT_SYSTEM_CALLS();
}

TEST_HARNESS_MAIN
