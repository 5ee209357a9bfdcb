/* SPDX-License-Identifier: GPL-2.0 */
/* What tests of ticks and of snapshots share: the fixture, and what is near enough. */
#ifndef FASTVDSO_INSTANT_H
#define FASTVDSO_INSTANT_H

#include <sys/timex.h>

#include "kselftest_harness.h"
#include "machine.h"

static const clockid_t fine[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
				  CLOCK_BOOTTIME, CLOCK_TAI };

#define FINE	(sizeof(fine) / sizeof(fine[0]))

static uint32_t mode_now(void)
{
	struct fastvdso_status status;

	fastvdso_status(&status, sizeof(status));
	return status.mode;
}

static inline struct fastvdso_snapshot snapshot_now(void)
{
	struct fastvdso_snapshot snapshot;

	fastvdso_snapshot(&snapshot);
	return snapshot;
}

FIXTURE(instant)
{
	long cpus;
	uint32_t mode;
	int64_t real, boot;
	char clocksource[64];
};

FIXTURE_SETUP(instant)
{
	int i;

	share();
	self->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	ASSERT_EQ(0, read_from(CLOCKSOURCES "current_clocksource", self->clocksource,
			       sizeof(self->clocksource)));
	ASSERT_EQ(0, fastvdso_open());
	for (i = 0; i < 10000 && mode_now() == FASTVDSO_MODE_FALLBACK; i++)
		usleep(1000);
	self->mode = mode_now();
	ASSERT_NE(FASTVDSO_MODE_FALLBACK, self->mode);
	self->real = kernel_ns(CLOCK_REALTIME);
	self->boot = kernel_ns(CLOCK_BOOTTIME);
}

static int set_real(int64_t ns)
{
	struct timespec ts = { ns / NS, ns % NS };

	return clock_settime(CLOCK_REALTIME, &ts);
}

FIXTURE_TEARDOWN(instant)
{
	struct timex tx = { .modes = ADJ_FREQUENCY | ADJ_TAI };

	adjtimex(&tx);
	write_to(CLOCKSOURCES "current_clocksource", self->clocksource);
	set_real(self->real + kernel_ns(CLOCK_BOOTTIME) - self->boot);
	fastvdso_close();
}

/* What a tick became, between what the kernel said before it was taken and after. */
struct stamp {
	int64_t		before, after, at;
	uint64_t	bound;		/* the larger one of both ends */
};

static inline struct stamp stamp(clockid_t id)
{
	struct stamp stamp;
	uint64_t bound, ticks;

	fastvdso_now_ns_bound(id, &stamp.bound);
	stamp.before = kernel_ns(id);
	ticks = fastvdso_ticks();
	stamp.after = kernel_ns(id);
	stamp.at = fastvdso_ticks_to_ns(id, ticks);
	fastvdso_now_ns_bound(id, &bound);
	if (bound > stamp.bound)
		stamp.bound = bound;
	return stamp;
}

static int is_within(int64_t before, int64_t ns, int64_t after, uint64_t bound)
{
	return before - (int64_t)bound <= ns && ns <= after + (int64_t)bound;
}

static int settime(void)
{
	return set_real(kernel_ns(CLOCK_REALTIME) + 3600 * NS);
}

static int setoffset(void)
{
	struct timex tx = { .modes = ADJ_SETOFFSET, .time = { .tv_sec = -1800 } };

	return adjtimex(&tx) < 0 ? -1 : 0;
}

/* To the next value, so that it is a change. */
static int settai(void)
{
	struct timex tx = { .modes = 0 };

	if (adjtimex(&tx) < 0)
		return -1;
	tx.modes = ADJ_TAI;
	tx.constant = tx.tai + 1;
	return adjtimex(&tx) < 0 ? -1 : 0;
}

/* The ways to set a clock, each of which begins a time line. */
static int (*const sets[])(void) = { settime, setoffset, settai };

#define SETS	(sizeof(sets) / sizeof(sets[0]))

#endif
