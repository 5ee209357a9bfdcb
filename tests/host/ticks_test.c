// SPDX-License-Identifier: GPL-2.0
/* Ticks, deadlines and snapshots against a wide-integer reference. */
#include "fake_page.h"

#include <errno.h>

#include "kselftest_harness.h"
#include "tick_reader.h"

/* Realistic parameters, with which the product of some hundred seconds fits in 64 bits. */
static void fill_sane(struct fastvdso_update *update)
{
	__u8 shift = 20 + (__u8)below(11);

	fill_update(update, (__u32)(((1ull << shift) / (1 + below(4))) - below(1000)) | 1, shift);
	update->hres.clock.cycle_last |= 1ull << 40;
	update->raw.clock.cycle_last = update->hres.clock.cycle_last;
	/* The reference uses 128 bits and the clock 64, in which some centuries fit. */
	update->hres.real_sec &= 0xffffffff;
	update->epoch.since = update->hres.clock.cycle_last - (1ull << 30);
	update->epoch.generation = (__u32)random64();
}

static __s64 ticks_to_ns(__s32 id, __u64 ticks)
{
	struct fastvdso_line line;
	int ret = fastvdso_read_line(&by_counter, &ns, id, &line);

	return ret ? ret : fastvdso_line_ticks_to_ns(&line, ticks, 0);
}

TEST(a_tick_converts_to_the_clock_at_that_tick)
{
	struct fastvdso_update update;
	int i;
	size_t c;

	for (i = 0; i < 100000; i++) {
		__u64 delta = below(1ull << 40);

		fill_sane(&update);
		publish(&update);
		for (c = 0; c < COUNT(fine); c++) {
			fake_counter = update.hres.clock.cycle_last + delta;
			ASSERT_TRUE(ticks_to_ns(fine[c], fake_counter) == reference(&update, fine[c], delta));
		}
	}
}

TEST(an_older_tick_is_converted_backwards_to_the_nanosecond)
{
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 100000; i++) {
		const struct fastvdso_clock *clock = &update.hres.clock;
		__u64 back = 1 + below(1ull << 30);
		s128 sum;

		fill_sane(&update);
		publish(&update);
		/* An arithmetic shift rounds down. */
		sum = ((s128)fastvdso_clock_nsec(clock) - (s128)back * clock->mult) >> clock->shift;
		ASSERT_TRUE(ticks_to_ns(FASTVDSO_REALTIME, clock->cycle_last - back) ==
			    update.hres.real_sec * (s128)1000000000 + sum);
	}
}

TEST(a_tick_from_another_epoch_is_stale)
{
	struct fastvdso_update update;

	fill_sane(&update);
	publish(&update);
	EXPECT_LE(0, ticks_to_ns(FASTVDSO_REALTIME, update.epoch.since));
	EXPECT_EQ(-ESTALE, ticks_to_ns(FASTVDSO_REALTIME, update.epoch.since - 1));
	update.epoch.since -= 1ull << 33;
	publish(&update);
	EXPECT_LE(0, ticks_to_ns(FASTVDSO_REALTIME, update.hres.clock.cycle_last - (1ull << 31)));
	EXPECT_EQ(-ESTALE, ticks_to_ns(FASTVDSO_REALTIME, update.hres.clock.cycle_last - (1ull << 31) - 1));
	EXPECT_EQ(-ESTALE, ticks_to_ns(FASTVDSO_REALTIME, 0));
	/* The kernel begins an epoch between two updates. */
	update.epoch.since = update.hres.clock.cycle_last + 1000;
	publish(&update);
	EXPECT_EQ(-ESTALE, ticks_to_ns(FASTVDSO_REALTIME, update.epoch.since - 1));
	EXPECT_LE(0, ticks_to_ns(FASTVDSO_REALTIME, update.epoch.since));
	EXPECT_EQ(-EINVAL, ticks_to_ns(FASTVDSO_REALTIME_COARSE, update.hres.clock.cycle_last));
	EXPECT_EQ(-EINVAL, ticks_to_ns(2, update.hres.clock.cycle_last));
	EXPECT_EQ(-EINVAL, ticks_to_ns(-1, update.hres.clock.cycle_last));
	update.hres.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	publish(&update);
	EXPECT_EQ(-EOPNOTSUPP, ticks_to_ns(FASTVDSO_REALTIME, update.hres.clock.cycle_last));
}

TEST(a_deadline_is_the_first_tick_that_reaches_it)
{
	struct fastvdso_update update;
	struct fastvdso_line line;
	__u64 tick;
	size_t c;
	int i;

	for (i = 0; i < 100000; i++) {
		fill_sane(&update);
		publish(&update);
		for (c = 0; c < COUNT(fine); c++) {
			__s64 at = (__s64)reference(&update, fine[c], 0) +
				   (__s64)below(i & 1 ? 1000000 : 1ull << 45);

			ASSERT_EQ(0, fastvdso_read_line(&by_counter, &ns, fine[c], &line));
			ASSERT_EQ(0, fastvdso_line_ns_to_ticks(&line, at, &tick));
			ASSERT_LE(at, fastvdso_line_ticks_to_ns(&line, tick, 0));
			if (tick > line.cycle_last)
				ASSERT_GT(at, fastvdso_line_ticks_to_ns(&line, tick - 1, 0));
		}
	}
}

TEST(a_past_deadline_is_a_past_tick)
{
	struct fastvdso_update update;
	struct fastvdso_line line;
	__u64 tick;
	int i;

	for (i = 0; i < 100000; i++) {
		__s64 at;

		fill_sane(&update);
		publish(&update);
		at = (__s64)reference(&update, FASTVDSO_TAI, 0) - (__s64)below(100000000);
		ASSERT_EQ(0, fastvdso_read_line(&by_counter, &ns, FASTVDSO_TAI, &line));
		ASSERT_EQ(0, fastvdso_line_ns_to_ticks(&line, at, &tick));
		ASSERT_LE(at, fastvdso_line_ticks_to_ns(&line, tick, 0));
		ASSERT_GT(at, fastvdso_line_ticks_to_ns(&line, tick - 1, 0));
	}
	fill_sane(&update);
	publish(&update);
	ASSERT_EQ(0, fastvdso_read_line(&by_counter, &ns, FASTVDSO_TAI, &line));
	line.mult = 1;
	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, INT64_MAX, &tick));
}

TEST(a_deadline_or_tick_centuries_away_is_out_of_range)
{
	/* A counter of nanoseconds, like kvm-clock, in 2027. */
	struct fastvdso_line line = {
		.cycle_last = 1ull << 40, .base = 1800000000000000000, .since = 1ull << 40,
		.max_cycles = 1ull << 31, .mult = 1u << 23, .shift = 23,
	};
	__u64 tick = 0;

	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, INT64_MIN, &tick));
	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, line.base + INT64_MIN - 1, &tick));
	EXPECT_EQ(-ERANGE, fastvdso_line_ticks_to_ns(&line, line.cycle_last + INT64_MAX, 0));
	EXPECT_EQ(0, fastvdso_line_ns_to_ticks(&line, INT64_MAX, &tick));
	EXPECT_EQ(INT64_MAX, fastvdso_line_ticks_to_ns(&line, tick, 0));
	EXPECT_EQ(-ERANGE, fastvdso_line_ticks_to_ns(&line, tick + 1, 0));
	line.base = -1;
	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, INT64_MAX, &tick));
	EXPECT_EQ(0, fastvdso_line_ns_to_ticks(&line, INT64_MIN + 1, &tick));
	line.base = 0;
	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, INT64_MIN, &tick));
	/* A quotient of 2^64 - 1 with a remainder is not rounded up to 0. */
	line.mult = 3;
	line.shift = 3;
	line.xtime_nsec = 1;
	EXPECT_EQ(-ERANGE, fastvdso_line_ns_to_ticks(&line, 3ll << 61, &tick));
	/* The product exceeds 64 bits even after the shift. */
	line.mult = ~0u;
	EXPECT_EQ(-ERANGE, fastvdso_line_ticks_to_ns(&line, line.cycle_last + (1ull << 62), 0));
}

TEST(a_snapshot_has_all_clocks_at_one_counter_value)
{
	const struct fastvdso_source single = {
		.page = &page, .mode = FASTVDSO_CLOCK_COUNTER, .single_attempt = 1,
	};
	struct fastvdso_snapshot got;
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 100000; i++) {
		__u64 delta = below(1ull << 32);

		fill_sane(&update);
		publish(&update);
		fake_counter = update.hres.clock.cycle_last + delta;
		fake_cpunode = 3 << 12 | 77;
		ASSERT_TRUE(fastvdso_read_snapshot(i & 1 ? &single : &by_counter, &ns, &got));
		ASSERT_EQ(fake_counter, got.ticks);
		ASSERT_TRUE(got.realtime == reference(&update, FASTVDSO_REALTIME, delta));
		ASSERT_TRUE(got.monotonic == reference(&update, FASTVDSO_MONOTONIC, delta));
		ASSERT_TRUE(got.boottime == reference(&update, FASTVDSO_BOOTTIME, delta));
		ASSERT_TRUE(got.tai == reference(&update, FASTVDSO_TAI, delta));
		ASSERT_TRUE(got.monotonic_raw == reference(&update, FASTVDSO_MONOTONIC_RAW, delta));
		ASSERT_EQ(update.epoch.generation, got.generation);
		ASSERT_EQ(77, got.cpu);
		ASSERT_EQ(3, got.node);
		ASSERT_EQ(0, got.bound);
		ASSERT_EQ(FASTVDSO_CLOCK_COUNTER, got.clock_mode);
	}
}

TEST(an_epoch_ends_when_the_clocks_are_set_or_their_rate_changes)
{
	struct fastvdso_epoch_writer writer = { .epoch = { .generation = 5 } };
	struct fastvdso_clock clock = { .mult = 1u << 24, .shift = 24, .cycle_last = 1000 };

	EXPECT_EQ(1, fastvdso_epoch_update(&writer, &clock, 0));
	EXPECT_EQ(1000, writer.epoch.since);
	EXPECT_EQ(5, writer.epoch.generation);
	clock.cycle_last = 2000;
	clock.mult += 16;
	EXPECT_EQ(0, fastvdso_epoch_update(&writer, &clock, 0));
	clock.mult++;
	EXPECT_EQ(1, fastvdso_epoch_update(&writer, &clock, 0));
	EXPECT_EQ(2000, writer.epoch.since);
	EXPECT_EQ(5, writer.epoch.generation);
	clock.cycle_last = 3000;
	EXPECT_EQ(1, fastvdso_epoch_update(&writer, &clock, 1));
	EXPECT_EQ(3000, writer.epoch.since);
	EXPECT_EQ(6, writer.epoch.generation);
}

TEST_HARNESS_MAIN
