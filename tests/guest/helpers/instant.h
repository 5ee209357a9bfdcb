/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tests of ticks and of snapshots: the fixture, and ways to set the clock. */
#ifndef FASTVDSO_INSTANT_H
#define FASTVDSO_INSTANT_H

#include "clocksource.h"
#include "set_clock.h"
#include "kselftest_harness.h"

static const clockid_t fine[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
				  CLOCK_BOOTTIME, CLOCK_TAI };

#define FINE	(sizeof(fine) / sizeof(fine[0]))

static inline struct fastvdso_snapshot snapshot_now(void)
{
	struct fastvdso_snapshot snapshot;

	fastvdso_snapshot(&snapshot);
	return snapshot;
}

static inline void read_kernel_clocks(int64_t ns[FINE])
{
	size_t c;

	for (c = 0; c < FINE; c++)
		ns[c] = kernel_ns(fine[c]);
}

FIXTURE(instant)
{
	long cpus;
	uint32_t mode;
	uint32_t clock_mode;		/* that ticks and snapshots are to report */
	struct saved_clock clock;
};

FIXTURE_SETUP(instant)
{
	map_shared();
	self->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	ASSERT_EQ(0, save_clock(&self->clock));
	ASSERT_EQ(0, fastvdso_open());
	if (has_foreign_tsc_aux())
		SKIP(return, "the hypervisor owns TSC_AUX");
	if (status_now().mode != FASTVDSO_MODE_EXACT && never_steers())
		SKIP(return, "nothing is steered here");
	if (status_now().mode != FASTVDSO_MODE_EXACT)
		ASSERT_LE(0, wait_for_mode(FASTVDSO_MODE_STEERED, 10));
	self->mode = status_now().mode;
	ASSERT_NE(FASTVDSO_MODE_FALLBACK, self->mode);
	self->clock_mode = self->mode == FASTVDSO_MODE_STEERED ? FASTVDSO_CLOCK_STEERED
							       : clock_mode_of(self->clock.source);
}

FIXTURE_TEARDOWN(instant)
{
	restore_clock(&self->clock);
	fastvdso_close();
}

/* A converted tick, and the kernel's clock before and after the tick was read. */
struct stamp {
	int64_t		before, after, at;
	uint64_t	bound;		/* the larger of the bounds before and after */
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

/*
 * A steered line is renewed with every kernel tick, and a counter tick from before may be stale then. Now and then there
 * is no line for a moment, as when the page is too old because the CPU that updates it was stopped.
 */
static inline int may_be_unconverted(int64_t at, uint32_t mode)
{
	return mode == FASTVDSO_MODE_STEERED && (at == -ESTALE || at == -EOPNOTSUPP);
}

static inline int is_stamp_right(struct stamp stamp, uint32_t mode)
{
	return is_within(stamp.before, stamp.at, stamp.after, stamp.bound) ||
	       may_be_unconverted(stamp.at, mode);
}

static int set_an_hour_ahead(void)
{
	return set_realtime(kernel_ns(CLOCK_REALTIME) + 3600 * NS);
}

static int set_half_an_hour_back(void)
{
	return adjust(ADJ_SETOFFSET, -1800 * NS);
}

/* TAI is set to the next offset, because the same offset would not be a change. */
static int set_next_tai_offset(void)
{
	struct timex tx = { .modes = 0 };

	return adjtimex(&tx) < 0 ? -1 : adjust(ADJ_TAI, tx.tai + 1);
}

/* Each way to set a clock begins a time line. */
static int (*const sets[])(void) = { set_an_hour_ahead, set_half_an_hour_back, set_next_tai_offset };

#define SETS	(sizeof(sets) / sizeof(sets[0]))

#endif
