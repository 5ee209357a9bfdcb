/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of a clock event: a reader on every CPU before, while and after it happens. */
#ifndef FASTVDSO_EVENT_H
#define FASTVDSO_EVENT_H

#include <sys/timex.h>

#include "kselftest_harness.h"
#include "sandwich.h"
#include "sysfs.h"

static void wait_ms(long ms)
{
	usleep((useconds_t)ms * 1000);
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
	struct timespec real, boot;
	char clocksource[64];
};

FIXTURE_SETUP(event)
{
	share();
	ASSERT_EQ(0, read_from(CLOCKSOURCES "current_clocksource", self->clocksource,
			       sizeof(self->clocksource)));
	clock_gettime(CLOCK_REALTIME, &self->real);
	clock_gettime(CLOCK_BOOTTIME, &self->boot);
	ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
	self->readers = start_readers(0, &self->cpus);
	ASSERT_NE(NULL, self->readers);
	wait_ms(100);
}

/* Everything is put back before the readers are asked; that is an event too. */
FIXTURE_TEARDOWN(event)
{
	struct timespec boot;

	adjust(ADJ_FREQUENCY, 0);
	adjust(ADJ_TICK, 10000);
	adjust(ADJ_TAI, 0);
	adjust(ADJ_OFFSET | ADJ_STATUS, 0);
	write_to(CLOCKSOURCES "current_clocksource", self->clocksource);
	turn();
	clock_gettime(CLOCK_BOOTTIME, &boot);
	self->real.tv_sec += boot.tv_sec - self->boot.tv_sec;
	clock_settime(CLOCK_REALTIME, &self->real);
	turn();
	wait_ms(100);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(0, join_readers(self->readers, self->cpus, _metadata->name));
}

#endif
