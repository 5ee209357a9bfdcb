// SPDX-License-Identifier: GPL-2.0
/* The reader and the latch against a wide-integer reference, with a fake counter. */
#include "fake_counter.h"

#include <pthread.h>

#include "kselftest_harness.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

static struct fastvdso_time_page page;
static struct fastvdso_ns_page ns;

static const __s32 fine[] = { FASTVDSO_REALTIME, FASTVDSO_MONOTONIC, FASTVDSO_MONOTONIC_RAW,
			      FASTVDSO_BOOTTIME, FASTVDSO_TAI };
static const __s32 coarse[] = { FASTVDSO_REALTIME_COARSE, FASTVDSO_MONOTONIC_COARSE };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static __u64 random64(void)
{
	static __u64 state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static __u64 below(__u64 limit)
{
	return random64() % limit;
}

static void fill_clock(struct fastvdso_clock *clock, __u32 mult, __u8 shift)
{
	clock->mult = mult;
	clock->shift = shift;
	clock->cycle_last = random64();
	clock->xtime_nsec = below(1000000000) << shift | (shift ? random64() >> (64 - shift) : 0);
	clock->max_delta = ~0u;
	clock->clock_mode = FASTVDSO_CLOCK_COUNTER;
}

/* A page as a kernel might have it: every field random within what it may be. */
static void fill_update(struct fastvdso_update *update, __u32 mult, __u8 shift)
{
	memset(update, 0, sizeof(*update));
	fill_clock(&update->hres.clock, mult, shift);
	fill_clock(&update->raw.clock, mult ^ 1, shift);
	update->raw.clock.cycle_last = update->hres.clock.cycle_last;
	update->hres.real_sec = (__s64)below(8000000000);
	update->hres.mono_sec = (__s64)below(1000000000);
	update->hres.mono_nsec = (__u32)below(1000000000);
	update->hres.boot_sec = (__u32)below(100000000);
	update->hres.boot_nsec = (__u32)below(1000000000);
	update->hres.tai_offset = (__s32)below(200001) - 100000;
	update->raw.raw_sec = (__s64)below(1000000000);
	update->raw.real_coarse_sec = update->hres.real_sec;
	update->raw.real_coarse_nsec = (__u32)below(1000000000);
	update->raw.mono_coarse_sec = update->hres.mono_sec;
	update->raw.mono_coarse_nsec = (__u32)below(1000000000);
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = ~0ull / (mult ? mult : 1) / 2;
	strcpy(update->clocksource.name, "fake");
	if (update->clocksource.max_cycles < ~0u)
		update->hres.clock.max_delta = update->raw.clock.max_delta =
			(__u32)update->clocksource.max_cycles;
}

static void publish(const struct fastvdso_update *update)
{
	fastvdso_latch_write(&page, update, 1);
}

static void fill_namespace(void)
{
	ns.mono_sec = (__s64)below(2000000000) - 1000000000;
	ns.boot_sec = (__s64)below(2000000000) - 1000000000;
	ns.mono_nsec = (__u32)below(1000000000);
	ns.boot_nsec = (__u32)below(1000000000);
}

/* The clock by the kernel's formula, in integers that cannot overflow. */
static s128 reference(const struct fastvdso_update *u, __s32 id, __u64 delta)
{
	const s128 second = 1000000000;
	s128 elapsed = (s128)(((u128)delta * u->hres.clock.mult + u->hres.clock.xtime_nsec) >>
			      u->hres.clock.shift);
	s128 mono = u->hres.mono_sec * second + u->hres.mono_nsec;

	switch (id) {
	case FASTVDSO_REALTIME:
		return u->hres.real_sec * second + elapsed;
	case FASTVDSO_TAI:
		return (u->hres.real_sec + u->hres.tai_offset) * second + elapsed;
	case FASTVDSO_MONOTONIC:
		return mono + elapsed + ns.mono_sec * second + ns.mono_nsec;
	case FASTVDSO_BOOTTIME:
		return mono + elapsed + u->hres.boot_sec * second + u->hres.boot_nsec +
		       ns.boot_sec * second + ns.boot_nsec;
	case FASTVDSO_MONOTONIC_RAW:
		elapsed = (s128)(((u128)delta * u->raw.clock.mult + u->raw.clock.xtime_nsec) >>
				 u->raw.clock.shift);
		return u->raw.raw_sec * second + elapsed + ns.mono_sec * second + ns.mono_nsec;
	case FASTVDSO_REALTIME_COARSE:
		return u->raw.real_coarse_sec * second + u->raw.real_coarse_nsec;
	case FASTVDSO_MONOTONIC_COARSE:
		return u->raw.mono_coarse_sec * second + u->raw.mono_coarse_nsec +
		       ns.mono_sec * second + ns.mono_nsec;
	}
	return -1;
}

static s128 read_page(__s32 id)
{
	struct fastvdso_reading now;

	if (!fastvdso_read_clock(&ns, &page, id, &now))
		return -1;
	return now.sec * (s128)1000000000 + (s128)now.nsec;
}

static int every_clock_agrees(const struct fastvdso_update *update, __u64 delta)
{
	size_t i;

	fake_counter = update->hres.clock.cycle_last + delta;
	for (i = 0; i < COUNT(fine); i++)
		if (read_page(fine[i]) != reference(update, fine[i], delta))
			return 0;
	for (i = 0; i < COUNT(coarse); i++)
		if (read_page(coarse[i]) != reference(update, coarse[i], delta))
			return 0;
	return 1;
}

TEST(every_clock_agrees_with_the_reference_on_random_pages)
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

TEST(extremes_of_mult_and_shift_agree_with_the_reference)
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
				/* Results past 2^64 ns are 584 years: not asked for. */
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
	update.hres.clock.cycle_last = update.raw.clock.cycle_last = mask - 45;
	publish(&update);
	fake_counter = (update.hres.clock.cycle_last + delta) & mask;
	EXPECT_TRUE(read_page(FASTVDSO_MONOTONIC) == reference(&update, FASTVDSO_MONOTONIC, delta));
	fake_counter = update.hres.clock.cycle_last - 1;
	EXPECT_TRUE(read_page(FASTVDSO_MONOTONIC) == reference(&update, FASTVDSO_MONOTONIC, 0));
}

TEST(clocks_and_modes_that_are_not_known_go_to_the_system_call)
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

TEST(seconds_are_carried)
{
	struct fastvdso_reading now = { 7, 999999999 };

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

static struct fastvdso_update overtaking;

static void overtake(void)
{
	while_reading = NULL;
	publish(&overtaking);
	fake_counter = overtaking.hres.clock.cycle_last + 99;
}

TEST(a_reader_that_is_overtaken_reads_again)
{
	struct fastvdso_update update;
	size_t i;

	for (i = 0; i < COUNT(fine); i++) {
		fill_update(&update, 1u << 24, 24);
		fill_update(&overtaking, 1u << 23, 24);
		publish(&update);
		fake_counter = update.hres.clock.cycle_last + 7;
		while_reading = overtake;
		EXPECT_TRUE(read_page(fine[i]) == reference(&overtaking, fine[i], 99));
		EXPECT_TRUE(while_reading == NULL);
	}
}

TEST(a_writer_that_stops_halfway_holds_nobody_up)
{
	struct fastvdso_update update;

	fill_update(&update, 1u << 24, 24);
	publish(&update);
	/* As an update would: the count odd, copy 0 in pieces. */
	page.hres[0].clock.seq++;
	page.raw[0].clock.seq++;
	memset((char *)&page.hres[0] + 4, 0xa5, sizeof(page.hres[0]) - 4);
	memset((char *)&page.raw[0] + 4, 0xa5, sizeof(page.raw[0]) - 4);
	EXPECT_TRUE(every_clock_agrees(&update, 1234567));
}

TEST(the_count_moves_by_two_and_may_wrap)
{
	struct fastvdso_update update;
	struct fastvdso_time_info info;
	int i;

	page.hres[0].clock.seq = page.raw[0].clock.seq = 0xfffffffc;
	for (i = 0; i < 4; i++) {
		fill_update(&update, 1u << 24, 24);
		publish(&update);
		EXPECT_TRUE(every_clock_agrees(&update, 5));
		EXPECT_EQ(0xfffffffe + 2u * (unsigned int)i, page.hres[0].clock.seq);
	}
	fastvdso_read_time_info(&page, &info);
	EXPECT_EQ(4, info.seq);
	EXPECT_EQ(FASTVDSO_CLOCK_COUNTER, info.clock_mode);
	EXPECT_STREQ("fake", info.name);
	EXPECT_TRUE(info.update_sec * (s128)1000000000 + info.update_nsec ==
		    update.hres.mono_sec * (s128)1000000000 + update.hres.mono_nsec +
		    (s128)(update.hres.clock.xtime_nsec >> 24));
}

TEST(a_clocksource_line_is_left_alone_unless_it_changed)
{
	struct fastvdso_update update;

	fill_update(&update, 1u << 24, 24);
	publish(&update);
	strcpy(update.clocksource.name, "other");
	fastvdso_latch_write(&page, &update, 0);
	EXPECT_STREQ("fake", page.clocksource[0].name);
	fastvdso_latch_write(&page, &update, 1);
	EXPECT_STREQ("other", page.clocksource[0].name);
	EXPECT_STREQ("other", page.clocksource[1].name);
}

/* Every field of an update says the same number: a torn copy would not. */
static void *write_numbers(void *stop)
{
	struct fastvdso_update update;
	__u64 n;

	for (n = 1; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); n++) {
		memset(&update, 0, sizeof(update));
		update.hres.clock.mult = 1;
		update.hres.clock.cycle_last = n;
		update.hres.clock.xtime_nsec = n & 0xffffff;
		update.hres.clock.max_delta = ~0u;
		update.hres.clock.clock_mode = FASTVDSO_CLOCK_COUNTER;
		update.hres.real_sec = update.hres.mono_sec = (__s64)n;
		update.hres.mono_nsec = (__u32)n & 0xffffff;
		update.clocksource.mask = ~0ull;
		fastvdso_latch_write(&page, &update, 1);
	}
	return NULL;
}

TEST(a_reader_beside_a_writer_never_sees_a_torn_copy)
{
	unsigned long reads = 0, torn = 0;
	struct fastvdso_reading now;
	pthread_t writer;
	__s64 last = 0;
	int stop = 0;

	memset(&ns, 0, sizeof(ns));
	memset(&page, 0, sizeof(page));
	fake_counter = 0;
	ASSERT_EQ(0, pthread_create(&writer, NULL, write_numbers, &stop));
	while (reads < 20000000) {
		/* The counter is behind, so nsec is the update's own number, twice. */
		if (!fastvdso_read_hres(&page, FASTVDSO_MONOTONIC, &now))
			continue;
		reads++;
		torn += now.nsec != 2 * ((__u64)now.sec & 0xffffff) || now.sec < last;
		last = now.sec;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	EXPECT_EQ(0, torn);
	EXPECT_LT(1, last);
}

TEST_HARNESS_MAIN
