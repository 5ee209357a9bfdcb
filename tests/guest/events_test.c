// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the clock by system call. The fixture's readers check that fast reads follow
 * each change at once.
 */
#define _GNU_SOURCE
#include "event.h"

/* Step forwards and backwards, by seconds, hours and years. */
static int step(int (*set)(int64_t ns))
{
	static const int64_t steps[] = { 3600, -3600, 86400 * 365 * 30ll, -86400 * 365 * 45ll, 1, -1 };
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t sec = kernel_ns(CLOCK_REALTIME) / NS + steps[i];

		ret |= set(sec * NS + (int64_t)i * 100000000);
		wait_ms(50);
	}
	return ret;
}

TEST_F(event, reads_are_right_while_clock_settime_steps_the_clock)
{
	EXPECT_EQ(0, step(set_realtime));
}

TEST_F(event, reads_are_right_while_settimeofday_steps_the_clock)
{
	EXPECT_EQ(0, step(set_time_of_day));
}

/* Set one value of adjtimex() after the other. */
static int adjust_to_each(unsigned int modes, const long *values, size_t count, long interval_ms)
{
	int ret = 0;

	while (count--) {
		ret |= adjust(modes, *values++);
		wait_ms(interval_ms);
	}
	return ret;
}

TEST_F(event, reads_are_right_while_the_frequency_changes)
{
	static const long frequencies[] = { 500 * 65536, -500 * 65536, 100 * 65536, -65536, 0 };

	EXPECT_EQ(0, adjust_to_each(ADJ_FREQUENCY, frequencies, 5, 100));
}

TEST_F(event, reads_are_right_while_the_tick_length_changes)
{
	static const long ticks[] = { 10005, 9995, 10001, 10000 };

	EXPECT_EQ(0, adjust_to_each(ADJ_TICK, ticks, 4, 100));
}

TEST_F(event, reads_are_right_while_an_offset_is_slewed)
{
	static const long offsets_us[] = { 400000, -400000 };

	EXPECT_EQ(0, adjust_to_each(ADJ_OFFSET | ADJ_STATUS, offsets_us, 2, 2500));
}

TEST_F(event, reads_are_right_while_setoffset_steps_the_clock)
{
	static const long offsets[] = { 12345 * NS, -12345 * NS };

	EXPECT_EQ(0, adjust_to_each(ADJ_SETOFFSET, offsets, 2, 50));
}

TEST_F(event, reads_are_right_while_the_tai_offset_changes)
{
	static const long offsets[] = { 37, 10, 38, 0 };

	EXPECT_EQ(0, adjust_to_each(ADJ_TAI, offsets, 4, 50));
}

/* REALTIME minus MONOTONIC, in seconds, rounded. */
static int64_t offset_sec(void)
{
	int64_t offset = kernel_ns(CLOCK_REALTIME) - kernel_ns(CLOCK_MONOTONIC);

	return (offset + NS / 2) / NS;
}

/* Let a day end with a leap second, and return the step of REALTIME in seconds. */
static int64_t leap(int status)
{
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR };
	time_t before_midnight = (1900000000 / 86400 + 1) * 86400 - 4;
	int64_t offset;

	reset_adjustments();
	set_realtime(before_midnight * NS);
	offset = offset_sec();
	/* The kernel steps the clock at a tick, somewhere within this change. */
	change_begin();
	tx.status = status;
	adjtimex(&tx);
	wait_ms(6000);
	change_end();
	return offset_sec() - offset;
}

TEST_F(event, reads_are_right_while_a_leap_second_is_inserted)
{
	EXPECT_EQ(-1, leap(STA_INS));
}

TEST_F(event, reads_are_right_while_a_leap_second_is_deleted)
{
	EXPECT_EQ(1, leap(STA_DEL));
}

TEST_F(event, reads_are_right_while_the_timezone_is_set)
{
	struct { int minuteswest, dsttime; } tz, got;
	int minutes;

	for (minutes = -720; minutes <= 720; minutes += 90) {
		tz.minuteswest = minutes;
		tz.dsttime = 0;
		/* The first call after boot warps the clock. */
		change_begin();
		ASSERT_EQ(0, syscall(SYS_settimeofday, NULL, &tz));
		change_end();
		ASSERT_EQ(0, fastvdso_gettimeofday(NULL, &got));
		EXPECT_EQ(minutes, got.minuteswest);
	}
	tz.minuteswest = 0;
	syscall(SYS_settimeofday, NULL, &tz);
}

TEST_HARNESS_MAIN
