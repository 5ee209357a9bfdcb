// SPDX-License-Identifier: GPL-2.0
/*
 * Ticks and their conversion, deadlines and unordered readings, compared with system calls:
 * exactly on an exact clock, to within the bound on a steered one.
 */
#define _GNU_SOURCE
#include <sys/klog.h>

#include "instant.h"

/* On an exact clock each tick can be converted here. */
TEST_F_TIMEOUT(instant, a_converted_tick_lies_between_two_system_calls, 120)
{
	unsigned long wrong = 0, stale = 0, no_line = 0, i, reads = 50000;

	for (i = 0; i < reads; i++) {
		struct stamp got = stamp(fine[i % FINE]);

		if (may_be_unconverted(got.at, self->mode)) {
			stale += got.at == -ESTALE;
			no_line += got.at == -EOPNOTSUPP;
		} else if (!is_within(got.before, got.at, got.after, got.bound) && !wrong++) {
			TH_LOG("clock %d: %lld after the first system call, %lld before the second, bound %llu",
			       fine[i % FINE], (long long)(got.at - got.before),
			       (long long)(got.after - got.at), (unsigned long long)got.bound);
		}
	}
	TH_LOG("%lu ticks, %lu stale, %lu without a line, %lu wrong", reads, stale, no_line, wrong);
	EXPECT_EQ(0, wrong);
	EXPECT_GT(reads / 20, stale + no_line);
}

/* It is converted with the parameters of now, whose rate differs by a millionth at most. */
TEST_F(instant, a_tick_can_be_converted_later)
{
	static const int ages_ms[] = { 1, 10, 50, 200 };
	size_t i, c;

	for (i = 0; i < sizeof(ages_ms) / sizeof(ages_ms[0]); i++) {
		int64_t before[FINE], after[FINE], at;
		uint64_t bound, ticks;

		fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bound);
		read_kernel_clocks(before);
		ticks = fastvdso_ticks();
		read_kernel_clocks(after);
		usleep((useconds_t)ages_ms[i] * 1000);
		for (c = 0; c < FINE; c++) {
			at = fastvdso_ticks_to_ns(fine[c], ticks);
			if (may_be_unconverted(at, self->mode)) {
				TH_LOG("clock %d: stale after %d ms", fine[c], ages_ms[i]);
				continue;
			}
			EXPECT_TRUE(is_within(before[c], at, after[c], bound + (uint64_t)ages_ms[i] * 2))
				TH_LOG("clock %d, after %d ms: %lld", fine[c], ages_ms[i], (long long)at);
		}
	}
}

TEST_F(instant, setting_the_clock_makes_earlier_ticks_stale)
{
	size_t i, c;

	for (i = 0; i < SETS; i++) {
		uint64_t ticks = fastvdso_ticks();

		ASSERT_EQ(0, sets[i]());
		for (c = 0; c < FINE; c++) {
			EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(fine[c], ticks));
			EXPECT_TRUE(is_stamp_right(stamp(fine[c]), self->mode));
		}
	}
}

TEST_F(instant, changing_the_frequency_makes_earlier_ticks_stale)
{
	struct timex tx = { .modes = ADJ_FREQUENCY, .freq = 400 * 65536 };
	uint32_t generation = snapshot_now().generation;
	uint64_t ticks = fastvdso_ticks();

	ASSERT_LE(0, adjtimex(&tx));
	EXPECT_EQ(-ESTALE, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, ticks));
	/* The time line is the same. */
	EXPECT_EQ(generation, snapshot_now().generation);
	if (self->mode == FASTVDSO_MODE_STEERED)
		return;
	/* A change by less than a millionth does not. */
	ticks = fastvdso_ticks();
	tx.freq += 65536 / 2;
	ASSERT_LE(0, adjtimex(&tx));
	EXPECT_LT(0, fastvdso_ticks_to_ns(CLOCK_MONOTONIC, ticks));
}

TEST_F(instant, an_unordered_reading_is_close_to_ordered_ones)
{
	unsigned int i, off = 0;
	size_t c;

	for (i = 0; i < 20000; i++) {
		c = i % CLOCKS;
		int64_t before = fastvdso_now_ns(clocks[c].id);
		int64_t got = fastvdso_now_ns_unordered(clocks[c].id);
		int64_t after = fastvdso_now_ns(clocks[c].id);

		off += !is_within(before, got, after, 1000);
	}
	EXPECT_EQ(0, off);
	for (i = 0; i < 64; i++)
		if (fastvdso_now_ns((clockid_t)i) < 0)
			EXPECT_EQ(fastvdso_now_ns((clockid_t)i), fastvdso_now_ns_unordered((clockid_t)i));
}

/* Before the tick of the deadline the clock reads less than the deadline, and not afterwards. */
TEST_F_TIMEOUT(instant, a_deadline_is_neither_early_nor_late, 60)
{
	unsigned int i, early = 0, late = 0;

	for (i = 0; i < 2000; i++) {
		clockid_t id = fine[i % FINE];
		uint64_t bound, deadline, ticks;
		int64_t at = fastvdso_now_ns_bound(id, &bound) + 50000, now;

		ASSERT_EQ(0, fastvdso_ns_to_ticks(id, at, &deadline));
		/* The line may be renewed meanwhile, and then bends by its bound or by a nanosecond. */
		bound += 1 + bound;
		do {
			now = fastvdso_now_ns(id);
			ticks = fastvdso_ticks();
			late += (int64_t)(ticks - deadline) < 0 && now > at + (int64_t)bound;
		} while ((int64_t)(ticks - deadline) < 0);
		early += fastvdso_now_ns(id) < at - (int64_t)bound;
	}
	EXPECT_EQ(0, early);
	EXPECT_EQ(0, late);
	for (i = 0; i < 16; i++) {
		uint64_t deadline;

		if (memchr("\0\1\4\7\13", (int)i, 5))
			continue;
		EXPECT_EQ(-EINVAL, fastvdso_ns_to_ticks((clockid_t)i, 0, &deadline));
		EXPECT_EQ(-EINVAL, fastvdso_ticks_to_ns((clockid_t)i, fastvdso_ticks()));
	}
}

/* Read counter and MONOTONIC_RAW together: the closest pair of 50. */
static int64_t read_pair(uint64_t *ticks)
{
	int64_t closest = NS, before, after, at = 0;
	uint64_t between;
	int i;

	for (i = 0; i < 50; i++) {
		before = kernel_ns(CLOCK_MONOTONIC_RAW);
		between = fastvdso_ticks();
		after = kernel_ns(CLOCK_MONOTONIC_RAW);
		if (after - before >= closest)
			continue;
		closest = after - before;
		*ticks = between;
		at = before + closest / 2;
	}
	return at;
}

/* From "tsc: Detected 2445.404 MHz processor", or a refined value; 0 if not in the log. */
static double logged_mhz(void)
{
	static char log[1 << 20];
	int length = klogctl(3, log, sizeof(log) - 1);
	double mhz = 0;
	char *line;

	log[length < 0 ? 0 : length] = '\0';
	for (line = strstr(log, "tsc: "); line; line = strstr(line + 1, "tsc: "))
		if (sscanf(line, "tsc: Detected %lf MHz TSC", &mhz) != 1 &&
		    sscanf(line, "tsc: Detected %lf MHz processor", &mhz) != 1)
			sscanf(line, "tsc: Refined TSC clocksource calibration: %lf MHz", &mhz);
	return mhz;
}

TEST_F(instant, counter_info_agrees_with_the_kernel)
{
	struct fastvdso_counter_info info;
	int64_t begin, end, wanted;
	uint64_t first, last;
	double mhz = logged_mhz();

	begin = read_pair(&first);
	usleep(300000);
	end = read_pair(&last);
	ASSERT_EQ(0, fastvdso_counter_info(&info));
	wanted = (int64_t)((double)(last - first) * 1e9 / (double)(end - begin));
	TH_LOG("%s, %llu Hz, measured %lld, in the kernel log %.3f MHz, flags %x", info.name,
	       (unsigned long long)info.frequency, (long long)wanted, mhz, info.flags);
	EXPECT_GT(wanted / 10000, llabs((int64_t)info.frequency - wanted));
	/* Ticks of a hypervisor's clock are units of that clock, not cycles of the TSC. */
	if (mhz > 0 && self->clock_mode == FASTVDSO_CLOCK_COUNTER)
		EXPECT_GT(2000, llabs((int64_t)info.frequency - (int64_t)(mhz * 1e6)));
	/* Rounding loses up to a femtosecond per tick. */
	EXPECT_GE(1000000000000000ull, info.resolution_fs * info.frequency);
	EXPECT_LE(1000000000000000ull, (info.resolution_fs + 2) * info.frequency);
	EXPECT_STREQ(self->mode == FASTVDSO_MODE_STEERED ? "tsc" : self->clock.source, info.name);
	EXPECT_EQ(self->clock_mode, info.clock_mode);
	EXPECT_NE(0, info.flags & FASTVDSO_COUNTER_SYNCHRONISED);
}

TEST_HARNESS_MAIN
