// SPDX-License-Identifier: GPL-2.0
/* The reader's arithmetic against a wide-integer reference. */
#include "fake_page.h"

#include "kselftest_harness.h"

static void fill_namespace(void)
{
	ns.mono_sec = (__s64)below(2000000000) - 1000000000;
	ns.boot_sec = (__s64)below(2000000000) - 1000000000;
	ns.mono_nsec = (__u32)below(1000000000);
	ns.boot_nsec = (__u32)below(1000000000);
}

TEST(every_clock_matches_the_reference_on_random_pages)
{
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 200000; i++) {
		fill_update(&update, (__u32)random64(), (__u8)below(33));
		fill_namespace();
		publish(&update);
		ASSERT_TRUE(every_clock_agrees(&update, below(1ull << 32)));
	}
}

/* The low half of the counter may overflow between the update and the read. */
TEST(a_single_attempt_matches_when_the_low_half_overflows)
{
	const struct fastvdso_source single = {
		.page = &page, .mode = FASTVDSO_CLOCK_COUNTER, .single_attempt = 1,
	};
	struct fastvdso_update update;
	struct fastvdso_reading now;
	int i;

	for (i = 0; i < 200000; i++) {
		__u64 delta = i & 1 ? below(1ull << 32) : ~0u - below(3);

		fill_update(&update, (__u32)random64(), (__u8)below(33));
		if (i & 2)
			move_clock(&update.hres.clock, update.hres.clock.cycle_last | 0xfffffff0);
		update.hres.clock.max_delta = ~0u;
		publish(&update);
		fake_counter = update.hres.clock.cycle_last + delta;
		if ((u128)delta * update.hres.clock.mult >> 62)
			continue;
		ASSERT_TRUE(fastvdso_read_clock(&single, &ns, FASTVDSO_MONOTONIC, &now, NULL));
		ASSERT_TRUE(now.sec * (s128)1000000000 + now.nsec + now.elapsed ==
			    reference(&update, FASTVDSO_MONOTONIC, delta));
		fake_counter = update.hres.clock.cycle_last + (1ull << 32) + below(1000);
		ASSERT_FALSE(fastvdso_read_clock(&single, &ns, FASTVDSO_MONOTONIC, &now, NULL));
		fake_counter = update.hres.clock.cycle_last - 1 - below(1000);
		ASSERT_FALSE(fastvdso_read_clock(&single, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	}
}

TEST(extremes_of_mult_and_shift_match_the_reference)
{
	static const __u32 mults[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	static const __u64 deltas[] = { 0, 1, 0x7fffffff, 0xffffffff, 0x100000000, 1ull << 40,
					(1ull << 62) - 1 };
	struct fastvdso_update update;
	size_t m, d;
	int shift;

	for (m = 0; m < COUNT(mults); m++)
		for (shift = 0; shift <= 32; shift++)
			for (d = 0; d < COUNT(deltas); d++) {
				/* Skip results past 2^64 ns, which are 584 years. */
				if (((u128)deltas[d] * mults[m] >> shift) >> 62)
					continue;
				fill_update(&update, mults[m], (__u8)shift);
				publish(&update);
				ASSERT_TRUE(every_clock_agrees(&update, deltas[d]));
			}
}

TEST(a_delta_past_max_cycles_does_not_overflow)
{
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 100000; i++) {
		fill_update(&update, 0x40000000u | (__u32)random64(), 32);
		publish(&update);
		ASSERT_TRUE(every_clock_agrees(&update, update.clocksource.max_cycles + 1 +
					       below(1ull << 61)));
	}
}

TEST(a_counter_behind_cycle_last_reads_as_the_last_update)
{
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 100000; i++) {
		fill_update(&update, (__u32)random64(), (__u8)below(33));
		publish(&update);
		fake_counter = update.hres.clock.cycle_last - 1 - below(1ull << 62);
		ASSERT_TRUE(read_page(FASTVDSO_MONOTONIC) == reference(&update, FASTVDSO_MONOTONIC, 0));
		ASSERT_TRUE(read_page(FASTVDSO_MONOTONIC_RAW) ==
			    reference(&update, FASTVDSO_MONOTONIC_RAW, 0));
	}
}

TEST(a_counter_of_fewer_bits_wraps)
{
	struct fastvdso_update update;
	__u64 mask = (1ull << 56) - 1, delta = 12345;

	fill_update(&update, 1u << 24, 24);
	update.clocksource.mask = mask;
	move_clock(&update.hres.clock, mask - 45);
	move_clock(&update.raw.clock, mask - 45);
	publish(&update);
	fake_counter = (update.hres.clock.cycle_last + delta) & mask;
	EXPECT_TRUE(read_page(FASTVDSO_MONOTONIC) == reference(&update, FASTVDSO_MONOTONIC, delta));
	fake_counter = update.hres.clock.cycle_last - 1;
	EXPECT_TRUE(read_page(FASTVDSO_MONOTONIC) == reference(&update, FASTVDSO_MONOTONIC, 0));
}

TEST(unknown_clocks_and_modes_use_the_system_call)
{
	static const __s32 unknown[] = { -1, -6, 2, 3, 8, 9, 10, 12, 16, 23, 32, 33, 39, 0x7fffffff,
					 (__s32)0x80000000, (__s32)0x80000001 };
	struct fastvdso_update update;
	size_t i;
	int mode;

	fill_update(&update, 1u << 24, 24);
	publish(&update);
	for (i = 0; i < COUNT(unknown); i++)
		EXPECT_TRUE(read_page(unknown[i]) == -1);
	for (mode = 0; mode < 256; mode++) {
		if (mode == FASTVDSO_CLOCK_COUNTER)
			continue;
		update.hres.clock.clock_mode = update.raw.clock.clock_mode = (__u8)mode;
		publish(&update);
		for (i = 0; i < COUNT(fine); i++)
			EXPECT_TRUE(read_page(fine[i]) == -1);
		for (i = 0; i < COUNT(coarse); i++)
			EXPECT_TRUE(read_page(coarse[i]) == reference(&update, coarse[i], 0));
	}
}

TEST(nanoseconds_carry_into_seconds)
{
	struct fastvdso_reading now = { 7, 999999000, 999 };

	fastvdso_normalise(&now);
	EXPECT_EQ(7, now.sec);
	EXPECT_EQ(999999999, now.nsec);
	now.nsec = 1000000000;
	fastvdso_normalise(&now);
	EXPECT_EQ(8, now.sec);
	EXPECT_EQ(0, now.nsec);
	now.nsec = 86400ull * 1000000000 + 5;
	fastvdso_normalise(&now);
	EXPECT_EQ(86408, now.sec);
	EXPECT_EQ(5, now.nsec);
	now.sec = -3;
	EXPECT_EQ(-2999999995, fastvdso_reading_to_nsec(&now));
}

TEST_HARNESS_MAIN
