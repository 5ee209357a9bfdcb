// SPDX-License-Identifier: GPL-2.0
/* The ticks that the kernel's sum of interrupts has and the scheduler does not take out. */
#include <stdbool.h>

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

/* Times are taken off by the value in use, as in the kernel. */
static bool fits(struct interrupt_ticks *ticks, __s64 excess, __s64 late, unsigned long now, __s64 tick)
{
	return interrupt_ticks_fit(ticks, late - excess + (__s64)ticks->ns, now, tick, true);
}

/* Return whether one of @count, each in another tick, is accepted. */
static bool is_accepted(struct interrupt_ticks *ticks, unsigned long *now, __s64 excess, __s64 late,
			int count, __s64 tick)
{
	while (count--)
		if (fits(ticks, excess, late, ++*now, tick))
			return true;
	return false;
}

TEST_F(interrupt_ticks, any_number_of_ticks_is_found)
{
	static const int counts[] = { 1, -1, 3, -3, 0, 100000, 1 };
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		__s64 excess = counts[i] * variant->tick;

		EXPECT_FALSE(is_accepted(&self->ticks, &self->now, excess, 700,
					 INTERRUPT_TICKS_FITS + INTERRUPT_TICKS_TRUSTED - 1, variant->tick));
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
	EXPECT_EQ((__u64)variant->tick, self->ticks.ns);
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
			interrupt_ticks_fit(&self->ticks, 700, self->now, variant->tick, false);
		if (i % INTERRUPT_TICKS_FITS == INTERRUPT_TICKS_FITS / 2)
			interrupt_ticks_find(&self->ticks, 700 - 2 * variant->tick, self->now, variant->tick);
	}
	EXPECT_EQ(0, self->ticks.ns);
}

/* Off by 50 us for good, which only a long while hides. */
TEST_F(interrupt_ticks, a_sum_that_is_mostly_ahead_is_never_believed)
{
	int i;

	for (i = 0; i < 100000; i++)
		ASSERT_FALSE(fits(&self->ticks, 50000, i % 4 ? 700 : 51000, self->now + i, variant->tick));
}

/* Off by 50 us the other way: the while is never short. */
TEST_F(interrupt_ticks, a_sum_that_is_always_behind_is_never_believed)
{
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, -50000, 700, 1000, variant->tick));
	EXPECT_FALSE(is_accepted(&self->ticks, &self->now, 0, INTERRUPT_TICKS_SURE + 1, 1000, variant->tick));
	EXPECT_TRUE(is_accepted(&self->ticks, &self->now, 0, INTERRUPT_TICKS_SURE, 1, variant->tick));
}

/* An interrupt now and then is not yet taken out. In switches that is usual. */
TEST_F(interrupt_ticks, trust_outlasts_some_doubts)
{
	const int spare = INTERRUPT_TICKS_TRUST_MAX - INTERRUPT_TICKS_TRUSTED;
	int i;

	EXPECT_TRUE(is_accepted(&self->ticks, &self->now, 0, 700, INTERRUPT_TICKS_TRUSTED, variant->tick));
	for (i = 0; i < spare; i++)
		EXPECT_TRUE(fits(&self->ticks, 0, 700, self->now, variant->tick));
	for (i = 0; i < 1000; i++)
		ASSERT_FALSE(interrupt_ticks_fit(&self->ticks, -700, self->now, variant->tick, false));
	for (i = 0; i < 1000; i++) {
		ASSERT_FALSE(fits(&self->ticks, 0, -700, self->now, variant->tick));
		ASSERT_TRUE(fits(&self->ticks, 0, 700, self->now, variant->tick));
	}
	for (i = 0; i < spare; i++)
		EXPECT_FALSE(fits(&self->ticks, 0, -700, self->now, variant->tick));
	EXPECT_TRUE(interrupt_ticks_fit(&self->ticks, 700, self->now, variant->tick, false));
	EXPECT_FALSE(fits(&self->ticks, 0, -700, self->now, variant->tick));
	EXPECT_FALSE(interrupt_ticks_fit(&self->ticks, 700, self->now, variant->tick, false));
}

TEST_HARNESS_MAIN
