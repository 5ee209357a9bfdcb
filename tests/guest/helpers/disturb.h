/* SPDX-License-Identifier: GPL-2.0 */
/* Setting the clock, at random within what keeps the guest usable. */
#ifndef FASTVDSO_DISTURB_H
#define FASTVDSO_DISTURB_H

#include <stdlib.h>
#include <sys/timex.h>

#include "sandwich.h"

static const char *const disturbances[] = {
	"clock_settime", "settimeofday", "ADJ_SETOFFSET", "ADJ_FREQUENCY", "ADJ_TAI", "ADJ_OFFSET",
	"ADJ_TICK",
};

#define DISTURBANCES	(sizeof(disturbances) / sizeof(disturbances[0]))

/* One of them, as one turn. REALTIME stays within some hours of what start is. */
static inline void disturb(size_t kind, int64_t start)
{
	struct timex tx = { 0 };
	struct timespec ts = { start / NS + random() % 7200 - 3600, random() % NS };
	struct timeval tv = { ts.tv_sec, ts.tv_nsec / 1000 };

	turn();
	switch (kind) {
	case 0:
		clock_settime(CLOCK_REALTIME, &ts);
		break;
	case 1:
		/* libc's settimeofday() makes the other system call. */
		syscall(SYS_settimeofday, &tv, NULL);
		break;
	case 2:
		tx.modes = ADJ_SETOFFSET | ADJ_NANO;
		tx.time.tv_sec = random() % 20 - 10;
		tx.time.tv_usec = random() % NS;
		adjtimex(&tx);
		break;
	case 3:
		tx.modes = ADJ_FREQUENCY;
		tx.freq = (random() % 1001 - 500) * 65536;
		adjtimex(&tx);
		break;
	case 4:
		tx.modes = ADJ_TAI;
		tx.constant = random() % 100;
		adjtimex(&tx);
		break;
	case 5:
		tx.modes = ADJ_OFFSET | ADJ_STATUS | ADJ_NANO;
		tx.status = STA_PLL;
		tx.offset = random() % 1000000 - 500000;
		adjtimex(&tx);
		break;
	case 6:
		tx.modes = ADJ_TICK;
		tx.tick = 10000 + random() % 11 - 5;
		adjtimex(&tx);
		break;
	}
	turn();
}

/* Let readers in between, now and then, for a few readings. */
static inline void breathe(void)
{
	int64_t until = kernel_ns(CLOCK_MONOTONIC) + random() % 40000;

	while (kernel_ns(CLOCK_MONOTONIC) < until)
		;
}

static inline void undisturb(void)
{
	struct timex tx = { .modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_STATUS, .tick = 10000 };

	adjtimex(&tx);
}

#endif
