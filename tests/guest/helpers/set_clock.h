/* SPDX-License-Identifier: GPL-2.0 */
/* Set, step and slew the clock while readers run, and restore it. */
#ifndef FASTVDSO_SET_CLOCK_H
#define FASTVDSO_SET_CLOCK_H

#include <stdlib.h>
#include <sys/timex.h>

#include "bracket.h"
#include "sysfs.h"

/* Set one of the values of adjtimex(). ADJ_SETOFFSET takes nanoseconds. */
static inline int adjust(unsigned int modes, int64_t value)
{
	struct timex tx = { .modes = modes, .status = STA_PLL };
	int64_t subsec = (value % NS + NS) % NS;
	int ret;

	if (modes & ADJ_FREQUENCY)
		tx.freq = value;
	else if (modes & ADJ_TICK)
		tx.tick = value;
	else if (modes & ADJ_TAI)
		tx.constant = value;
	else if (modes & ADJ_OFFSET)
		tx.offset = value;
	else
		tx.time = (struct timeval) { (value - subsec) / NS, subsec };
	change_begin();
	ret = adjtimex(&tx);
	change_end();
	return ret < 0 ? -1 : 0;
}

/* Back to the state after boot. Leaving PLL mode clears a leap second as well. */
static inline void reset_adjustments(void)
{
	struct timex tx = {
		.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_TAI | ADJ_OFFSET | ADJ_STATUS,
		.tick = 10000, .status = STA_PLL,
	};

	change_begin();
	adjtimex(&tx);
	tx = (struct timex) { .modes = ADJ_STATUS };
	adjtimex(&tx);
	change_end();
}

static inline int set_realtime(int64_t ns)
{
	struct timespec ts = { ns / NS, ns % NS };
	int ret;

	change_begin();
	ret = clock_settime(CLOCK_REALTIME, &ts);
	change_end();
	return ret;
}

/* The system call: libc's settimeofday() makes another one. */
static inline int set_time_of_day(int64_t ns)
{
	struct { long sec, usec; } tv = { ns / NS, ns % NS / 1000 };
	int ret;

	change_begin();
	ret = (int)syscall(SYS_settimeofday, &tv, NULL);
	change_end();
	return ret;
}

struct saved_clock {
	int64_t real, boot;
	char source[64];
};

static inline int save_clock(struct saved_clock *saved)
{
	saved->real = kernel_ns(CLOCK_REALTIME);
	saved->boot = kernel_ns(CLOCK_BOOTTIME);
	return read_line(CLOCKSOURCES "current_clocksource", saved->source, sizeof(saved->source));
}

static inline void restore_clock(const struct saved_clock *saved)
{
	reset_adjustments();
	write_file(CLOCKSOURCES "current_clocksource", saved->source);
	set_realtime(saved->real + kernel_ns(CLOCK_BOOTTIME) - saved->boot);
}

static const char *const change_names[] = {
	"clock_settime", "settimeofday", "ADJ_SETOFFSET", "ADJ_FREQUENCY", "ADJ_TAI", "ADJ_OFFSET",
	"ADJ_TICK",
};

#define CHANGES	(sizeof(change_names) / sizeof(change_names[0]))

/* Make one kind of change, with a random value. REALTIME stays within some hours of `start`. */
static inline void change_at_random(size_t kind, int64_t start)
{
	int64_t time = start + (random() % 7200 - 3600) * NS + random() % NS;

	switch (kind) {
	case 0:
		set_realtime(time);
		break;
	case 1:
		set_time_of_day(time);
		break;
	case 2:
		adjust(ADJ_SETOFFSET | ADJ_NANO, (random() % 20 - 10) * NS + random() % NS);
		break;
	case 3:
		adjust(ADJ_FREQUENCY, (random() % 1001 - 500) * 65536);
		break;
	case 4:
		adjust(ADJ_TAI, random() % 100);
		break;
	case 5:
		adjust(ADJ_OFFSET | ADJ_STATUS | ADJ_NANO, random() % 1000000 - 500000);
		break;
	case 6:
		adjust(ADJ_TICK, 10000 + random() % 11 - 5);
		break;
	}
}

/* Give readers time for a few reads between two changes. */
static inline void wait_for_reads(void)
{
	int64_t until = kernel_ns(CLOCK_MONOTONIC) + random() % 40000;

	while (kernel_ns(CLOCK_MONOTONIC) < until)
		;
}

#endif
