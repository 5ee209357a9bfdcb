// SPDX-License-Identifier: GPL-2.0
/* The ticks that the kernel's sum of interrupts has and the scheduler does not take out. */
#include "interrupt_ticks.h"

#include "kselftest_harness.h"

FIXTURE(interrupt_ticks)
{
	struct interrupt_ticks ticks;
	unsigned long now;
};

FIXTURE_VARIANT(interrupt_ticks)
{
	__s64 tick;
};

FIXTURE_VARIANT_ADD(interrupt_ticks, hz_100) { .tick = 10000000 };
FIXTURE_VARIANT_ADD(interrupt_ticks, hz_300) { .tick = 3333333 };
FIXTURE_VARIANT_ADD(interrupt_ticks, hz_1000) { .tick = 1000000 };
FIXTURE_VARIANT_ADD(interrupt_ticks, hz_1024) { .tick = 976563 };

FIXTURE_SETUP(interrupt_ticks)
{
	self->now = -5UL;
}

FIXTURE_TEARDOWN(interrupt_ticks)
{
}

/* Times are taken off by the value in use, as in the kernel. Return whether one is accepted after @count. */
static int is_accepted(struct interrupt_ticks *ticks, unsigned long *now, __s64 excess, __s64 late, int count,
		       __s64 tick)
{
	while (count--) {
		__s64 seen = late - excess + (__s64)ticks->ns;

		(*now)++;
		if ((__u64)seen <= INTERRUPT_TICKS_LATE_MAX) {
			interrupt_ticks_keep(ticks);
			return 1;
		}
		interrupt_ticks_find(ticks, seen, *now, tick);
	}
	return 0;
}

TEST_F(interrupt_ticks, any_number_of_ticks_is_found)
{
	static const int counts[] = { 1, -1, 3, -3, 0, 100000, 1 };
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		__s64 excess = counts[i] * variant->tick;

		EXPECT_FALSE(is_accepted(&self->ticks, &self->now, excess, 700, INTERRUPT_TICKS_FITS,
					 variant->tick));
		EXPECT_TRUE(is_accepted(&self->ticks, &self->now, excess, 700, 1, variant->tick));
		EXPECT_EQ((__u64)excess, self->ticks.ns);
	}
}

TEST_F(interrupt_ticks, anything_but_ticks_is_never_accepted)
{
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, variant->tick / 2, 700, 1000, variant->tick));
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, -variant->tick / 2, 700, 1000, variant->tick));
	EXPECT_EQ(0, self->ticks.ns);
}

/* Some microseconds may be something else than the way to here. */
TEST_F(interrupt_ticks, ticks_are_not_believed_without_a_short_while)
{
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, variant->tick, INTERRUPT_TICKS_SURE + 1, 1000,
				 variant->tick));
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, variant->tick, INTERRUPT_TICKS_SURE, 1,
				 variant->tick));
	EXPECT_TRUE(is_accepted(&self->ticks, &self->now, variant->tick, INTERRUPT_TICKS_LATE_MAX, 1,
				variant->tick));
}

/* The scheduler stands still for two ticks while threads switch all the time. */
TEST_F(interrupt_ticks, a_scheduler_that_stands_still_is_waited_for)
{
	__s64 late;

	for (late = -2 * variant->tick; late < 0; late += 500)
		interrupt_ticks_find(&self->ticks, late, self->now + (unsigned long)(late / variant->tick),
				     variant->tick);
	EXPECT_EQ(0, self->ticks.ns);
}

TEST_F(interrupt_ticks, ticks_have_to_fit_in_a_row)
{
	int i;

	for (i = 0; i < 1000; i++) {
		self->now++;
		interrupt_ticks_find(&self->ticks, 700 - variant->tick, self->now, variant->tick);
		if (i % INTERRUPT_TICKS_FITS == INTERRUPT_TICKS_FITS - 2)
			interrupt_ticks_keep(&self->ticks);
		if (i % INTERRUPT_TICKS_FITS == INTERRUPT_TICKS_FITS / 2)
			interrupt_ticks_find(&self->ticks, 700 - 2 * variant->tick, self->now, variant->tick);
	}
	EXPECT_EQ(0, self->ticks.ns);
}

TEST_HARNESS_MAIN
