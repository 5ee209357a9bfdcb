// SPDX-License-Identifier: GPL-2.0
/*
 * Clock events, each while a reader on every CPU makes sandwiches of all clocks:
 * whatever happens to the kernel's clock, the page says the same at once.
 */
#define _GNU_SOURCE
#include "event.h"

static int by_clock_settime(const struct timespec *ts)
{
	return clock_settime(CLOCK_REALTIME, ts);
}

/* The system call: libc's function of that name makes the other one. */
static int by_settimeofday(const struct timespec *ts)
{
	struct { long sec, usec; } tv = { ts->tv_sec, ts->tv_nsec / 1000 };

	return (int)syscall(SYS_settimeofday, &tv, NULL);
}

/* Forwards and backwards, by seconds, hours and years: each a turn. */
static int step(int (*set)(const struct timespec *ts))
{
	static const int64_t steps[] = { 3600, -3600, 86400 * 365 * 30ll, -86400 * 365 * 45ll, 1, -1 };
	struct timespec ts;
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		turn();
		clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_sec += steps[i];
		ts.tv_nsec = (long)i * 100000000;
		ret |= set(&ts);
		turn();
		wait_ms(50);
	}
	return ret;
}

TEST_F(event, the_clock_is_stepped_by_hours_and_years)
{
	EXPECT_EQ(0, step(by_clock_settime));
}

TEST_F(event, the_clock_is_stepped_by_settimeofday)
{
	EXPECT_EQ(0, step(by_settimeofday));
}

TEST_F(event, the_frequency_is_changed)
{
	static const long ppm[] = { 500, -500, 100, -1, 0 };
	size_t i;

	for (i = 0; i < sizeof(ppm) / sizeof(ppm[0]); i++) {
		ASSERT_EQ(0, adjust(ADJ_FREQUENCY, ppm[i] * 65536));
		wait_ms(100);
	}
}

TEST_F(event, the_tick_is_changed)
{
	static const long ticks[] = { 10005, 9995, 10001, 10000 };
	size_t i;

	for (i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		ASSERT_EQ(0, adjust(ADJ_TICK, ticks[i]));
		wait_ms(100);
	}
}

TEST_F(event, an_offset_is_slewed_in)
{
	ASSERT_EQ(0, adjust(ADJ_OFFSET | ADJ_STATUS, 400000));
	wait_ms(2500);
	ASSERT_EQ(0, adjust(ADJ_OFFSET | ADJ_STATUS, -400000));
	wait_ms(2500);
}

TEST_F(event, an_offset_is_set)
{
	ASSERT_EQ(0, adjust(ADJ_SETOFFSET, 12345));
	wait_ms(50);
	ASSERT_EQ(0, adjust(ADJ_SETOFFSET, -12345));
	wait_ms(50);
}

TEST_F(event, the_offset_of_tai_is_changed)
{
	static const long offsets[] = { 37, 10, 38, 0 };
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		ASSERT_EQ(0, adjust(ADJ_TAI, offsets[i]));
		wait_ms(50);
	}
}

/* REALTIME minus MONOTONIC, in seconds, rounded. */
static int64_t offset_sec(void)
{
	int64_t offset = kernel_ns(CLOCK_REALTIME) - kernel_ns(CLOCK_MONOTONIC);

	return (offset + NS / 2) / NS;
}

/* The end of a day that we choose, with a leap second; returns by how much it stepped. */
static int64_t leap(int status)
{
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR };
	time_t before_midnight = (1900000000 / 86400 + 1) * 86400 - 4;
	struct timespec ts = { before_midnight, 0 };
	int64_t offset;

	turn();
	/* Leaving PLL mode forgets the leap second before. */
	tx.status = STA_PLL;
	adjtimex(&tx);
	tx.status = 0;
	adjtimex(&tx);
	clock_settime(CLOCK_REALTIME, &ts);
	turn();
	offset = offset_sec();
	/* The kernel steps at a tick, somewhere within this turn. */
	turn();
	tx.status = status;
	adjtimex(&tx);
	wait_ms(6000);
	turn();
	offset -= offset_sec();
	tx.status = 0;
	adjtimex(&tx);
	return -offset;
}

TEST_F(event, a_leap_second_is_inserted)
{
	EXPECT_EQ(-1, leap(STA_INS));
}

TEST_F(event, a_leap_second_is_deleted)
{
	EXPECT_EQ(1, leap(STA_DEL));
}

TEST_F(event, the_timezone_is_set)
{
	struct { int minuteswest, dsttime; } tz, got;
	int minutes;

	for (minutes = -720; minutes <= 720; minutes += 90) {
		tz.minuteswest = minutes;
		tz.dsttime = 0;
		/* The first of a boot warps the clock. */
		turn();
		ASSERT_EQ(0, syscall(SYS_settimeofday, NULL, &tz));
		turn();
		ASSERT_EQ(0, fastvdso_gettimeofday(NULL, &got));
		EXPECT_EQ(minutes, got.minuteswest);
	}
	tz.minuteswest = 0;
	syscall(SYS_settimeofday, NULL, &tz);
}

TEST_HARNESS_MAIN
