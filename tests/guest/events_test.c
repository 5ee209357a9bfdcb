// SPDX-License-Identifier: GPL-2.0
/*
 * Clock events, each while a reader on every CPU makes sandwiches of all clocks:
 * whatever happens to the kernel's clock, the page says the same at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/timex.h>

#include "kselftest_harness.h"
#include "sandwich.h"

#define CLOCKSOURCES	"/sys/devices/system/clocksource/clocksource0/"

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

static int read_from(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	close(fd);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static void wait_ms(long ms)
{
	usleep((useconds_t)ms * 1000);
}

/* Set the clock by so many seconds, as one turn. */
static int step(int64_t sec, long nsec)
{
	struct timespec ts;
	int ret;

	turn();
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += sec;
	ts.tv_nsec = nsec;
	ret = clock_settime(CLOCK_REALTIME, &ts);
	turn();
	return ret;
}

static int adjust(unsigned int modes, long value)
{
	struct timex tx = { .modes = modes };
	int ret;

	if (modes & ADJ_FREQUENCY)
		tx.freq = value;
	else if (modes & ADJ_TICK)
		tx.tick = value;
	else if (modes & ADJ_TAI)
		tx.constant = value;
	else if (modes & ADJ_SETOFFSET)
		tx.time.tv_sec = value;
	else
		tx.offset = value;
	if (modes & ADJ_STATUS)
		tx.status = STA_PLL;
	turn();
	ret = adjtimex(&tx);
	turn();
	return ret < 0 ? -1 : 0;
}

FIXTURE(event)
{
	struct worker *readers;
	long cpus;
	struct timespec real, mono;
	char clocksource[64];
};

FIXTURE_SETUP(event)
{
	share();
	ASSERT_EQ(0, read_from(CLOCKSOURCES "current_clocksource", self->clocksource,
			       sizeof(self->clocksource)));
	clock_gettime(CLOCK_REALTIME, &self->real);
	clock_gettime(CLOCK_MONOTONIC, &self->mono);
	ASSERT_EQ(0, fastvdso_open());
	self->readers = start_readers(0, &self->cpus);
	ASSERT_NE(NULL, self->readers);
	wait_ms(100);
}

/* Everything is put back before the readers are asked; that is an event too. */
FIXTURE_TEARDOWN(event)
{
	struct timespec mono;

	adjust(ADJ_FREQUENCY, 0);
	adjust(ADJ_TICK, 10000);
	adjust(ADJ_TAI, 0);
	adjust(ADJ_OFFSET | ADJ_STATUS, 0);
	write_to(CLOCKSOURCES "current_clocksource", self->clocksource);
	turn();
	clock_gettime(CLOCK_MONOTONIC, &mono);
	self->real.tv_sec += mono.tv_sec - self->mono.tv_sec;
	clock_settime(CLOCK_REALTIME, &self->real);
	turn();
	wait_ms(100);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(0, join_readers(self->readers, self->cpus, _metadata->name));
}

TEST_F(event, the_clock_is_stepped_by_hours_and_years)
{
	static const int64_t steps[] = { 3600, -3600, 86400 * 365 * 30ll, -86400 * 365 * 20ll, 1, -1 };
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ASSERT_EQ(0, step(steps[i], (long)i * 100000000));
		wait_ms(50);
	}
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

TEST_F_TIMEOUT(event, the_clocksource_is_switched, 60)
{
	static const char *const others[] = { "hpet", "acpi_pm", "tsc", "acpi_pm", "hpet", "tsc" };
	char available[128];
	struct fastvdso_status status;
	size_t i;

	ASSERT_EQ(0, read_from(CLOCKSOURCES "available_clocksource", available, sizeof(available)));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strstr(available, others[i]))
			continue;
		ASSERT_EQ(0, write_to(CLOCKSOURCES "current_clocksource", others[i]));
		ASSERT_EQ(0, fastvdso_status(&status, sizeof(status)));
		EXPECT_STREQ(others[i], status.clocksource);
		EXPECT_EQ(strcmp(others[i], "tsc") ? FASTVDSO_MODE_FALLBACK : FASTVDSO_MODE_EXACT,
			  status.mode);
		wait_ms(200);
	}
}

TEST_F(event, a_cpu_goes_and_comes_back)
{
	int i;

	if (self->cpus < 2 || access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP(return, "no CPU that could be taken offline");
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, write_to("/sys/devices/system/cpu/cpu1/online", "0"));
		wait_ms(200);
		ASSERT_EQ(0, write_to("/sys/devices/system/cpu/cpu1/online", "1"));
		wait_ms(200);
	}
}

TEST_F_TIMEOUT(event, the_machine_is_suspended_and_resumes, 90)
{
	int64_t mono = kernel_ns(CLOCK_MONOTONIC), boot = kernel_ns(CLOCK_BOOTTIME);

	/* As far as the last step before the hardware, which then waits five seconds. */
	if (write_to("/sys/power/pm_test", "core"))
		SKIP(return, "this kernel has no pm_test");
	turn();
	ASSERT_EQ(0, write_to("/sys/power/state", "mem"));
	turn();
	write_to("/sys/power/pm_test", "none");
	TH_LOG("MONOTONIC went on by %lld ms, BOOTTIME by %lld",
	       (long long)(kernel_ns(CLOCK_MONOTONIC) - mono) / 1000000,
	       (long long)(kernel_ns(CLOCK_BOOTTIME) - boot) / 1000000);
	wait_ms(500);
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
