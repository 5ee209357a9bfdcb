/* SPDX-License-Identifier: GPL-2.0 */
/* Fixture: a reader on every CPU before, during and after a change of the clock. */
#ifndef FASTVDSO_EVENT_H
#define FASTVDSO_EVENT_H

#include "set_clock.h"
#include "kselftest_harness.h"

static void wait_ms(long ms)
{
	usleep((useconds_t)ms * 1000);
}

FIXTURE(event)
{
	struct reader *readers;
	long cpus;
	struct saved_clock clock;
};

FIXTURE_SETUP(event)
{
	map_shared();
	ASSERT_EQ(0, save_clock(&self->clock));
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	self->readers = start_readers(0, &self->cpus);
	ASSERT_NE(NULL, self->readers);
	wait_ms(100);
}

/* Readers end after the clock is restored, because that is a change of the clock too. */
FIXTURE_TEARDOWN(event)
{
	restore_clock(&self->clock);
	wait_ms(100);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(0, join_readers(self->readers, self->cpus, _metadata->name));
}

#endif
