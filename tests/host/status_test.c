// SPDX-License-Identifier: GPL-2.0
/* What the library makes of pages that change while their state is read. */
#include "open.h"

#include "kselftest_harness.h"

static struct fastvdso_time_page exact, steered;
static struct fastvdso_ns_page ns;
static uint64_t bound;

static void time_info(struct fastvdso_time_info *info)
{
	*info = (struct fastvdso_time_info) { .clock_mode = FASTVDSO_CLOCK_NONE };
}

/* The module publishes steered clocks before this call, and after the state was read. */
static int64_t now_ns_bound(clockid_t clock, uint64_t *bound_ns)
{
	(void)clock;
	*bound_ns = bound;
	return 1;
}

FIXTURE(status)
{
	struct fastvdso_status status;
};

FIXTURE_SETUP(status)
{
	fastvdso_state = (struct fastvdso_state) {
		.mapping = { .time = &exact, .steered = &steered, .ns = &ns },
		.calls = { .time_info = time_info, .now_ns_bound = now_ns_bound },
		.open_count = 1,
	};
	steered.steering = FASTVDSO_STEERING_ACQUIRING;
}

FIXTURE_TEARDOWN(status)
{
	fastvdso_state.open_count = 0;
}

TEST_F(status, clocks_with_a_bound_are_steered_whatever_the_state_was)
{
	bound = 1000;
	ASSERT_EQ(0, fastvdso_status(&self->status, sizeof(self->status)));
	EXPECT_EQ(FASTVDSO_MODE_STEERED, self->status.mode);
	EXPECT_EQ(FASTVDSO_STEERING_ACTIVE, self->status.steering);
	EXPECT_EQ(FASTVDSO_REASON_NONE, self->status.reason);
}

TEST_F(status, clocks_without_a_bound_are_system_calls)
{
	bound = 0;
	ASSERT_EQ(0, fastvdso_status(&self->status, sizeof(self->status)));
	EXPECT_EQ(FASTVDSO_MODE_FALLBACK, self->status.mode);
	EXPECT_EQ(FASTVDSO_STEERING_ACQUIRING, self->status.steering);
	EXPECT_EQ(FASTVDSO_REASON_CLOCKSOURCE, self->status.reason);
}

TEST_HARNESS_MAIN
