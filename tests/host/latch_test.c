// SPDX-License-Identifier: GPL-2.0
/* The latch with overtaken readers, a stopped writer, and concurrent reads and writes. */
#include "fake_page.h"

#include <pthread.h>

#include "kselftest_harness.h"

static struct fastvdso_update overtaking;

static void overtake(void)
{
	while_reading = NULL;
	publish(&overtaking);
	fake_counter = overtaking.hres.clock.cycle_last + 99;
}

TEST(an_overtaken_reader_retries)
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

TEST(a_writer_stopped_halfway_does_not_block_readers)
{
	struct fastvdso_update update;

	fill_update(&update, 1u << 24, 24);
	publish(&update);
	/* Half an update: the count is odd and copy 0 partly written. */
	page.hres[0].clock.seq++;
	page.raw[0].clock.seq++;
	memset((char *)&page.hres[0] + 4, 0xa5, sizeof(page.hres[0]) - 4);
	memset((char *)&page.raw[0] + 4, 0xa5, sizeof(page.raw[0]) - 4);
	/* Words are written atomically, so the mode is either the old or the new one. */
	page.hres[0].clock.clock_mode = page.raw[0].clock.clock_mode = FASTVDSO_CLOCK_COUNTER;
	EXPECT_TRUE(every_clock_agrees(&update, 1234567));
}

/* During an update copy 0 has the new clocksource and copy 1 still the old one. */
TEST(each_copy_is_read_in_its_own_clock_mode)
{
	const struct fastvdso_source source = { .page = &page, .mode = FASTVDSO_CLOCK_COUNTER };
	struct fastvdso_update update;
	struct fastvdso_reading now;

	fill_update(&update, 1u << 24, 24);
	update.hres.clock.clock_mode = update.raw.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	publish(&update);
	fake_counter = update.hres.clock.cycle_last;
	page.hres[0].clock.seq++;
	page.raw[0].clock.seq++;
	page.hres[0].clock.clock_mode = page.raw[0].clock.clock_mode = FASTVDSO_CLOCK_COUNTER;
	EXPECT_FALSE(fastvdso_read_clock(&source, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	EXPECT_FALSE(fastvdso_read_clock(&source, &ns, FASTVDSO_MONOTONIC_RAW, &now, NULL));
}

TEST(the_sequence_count_advances_by_two_and_wraps)
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
		    (s128)(fastvdso_clock_nsec(&update.hres.clock) >> 24));
}

TEST(an_unchanged_clocksource_is_not_rewritten)
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

/* Write the same number into every field, so that a torn copy shows. */
static void *write_numbers(void *stop)
{
	struct fastvdso_update update;
	__u64 n;

	for (n = 1; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); n++) {
		memset(&update, 0, sizeof(update));
		update.hres.clock.mult = 1;
		fastvdso_clock_set(&update.hres.clock, n, n & 0xffffff);
		update.hres.clock.max_delta = ~0u;
		update.hres.clock.clock_mode = FASTVDSO_CLOCK_COUNTER;
		update.hres.real_sec = update.hres.mono_sec = (__s64)n;
		update.hres.mono_nsec = (__u32)n & 0xffffff;
		update.clocksource.mask = ~0ull;
		fastvdso_latch_write(&page, &update, 1);
	}
	return NULL;
}

TEST(a_concurrent_reader_never_sees_a_torn_copy)
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
		/* The counter is behind, so nsec and elapsed both equal the update's number. */
		if (!fastvdso_read_fine(&by_counter, &ns, FASTVDSO_MONOTONIC, &now, NULL))
			continue;
		reads++;
		torn += now.nsec + now.elapsed != 2 * ((__u64)now.sec & 0xffffff) || now.sec < last;
		last = now.sec;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	EXPECT_EQ(0, torn);
	EXPECT_LT(1, last);
}

TEST_HARNESS_MAIN
