/* SPDX-License-Identifier: GPL-2.0 */
/* What can be done to the machine: its sleep, its CPUs, and what the host does to it. */
#ifndef FASTVDSO_MACHINE_H
#define FASTVDSO_MACHINE_H

#include <stdio.h>
#include <stdlib.h>

#include "sandwich.h"
#include "sysfs.h"

#define CPU1	"/sys/devices/system/cpu/cpu1/online"
#define RTC	"/sys/class/rtc/rtc0/"

static inline int suspend(void)
{
	int ret;

	turn();
	ret = write_to("/sys/power/state", "mem");
	turn();
	return ret;
}

/* As far as the last step before the hardware, where the kernel waits pm_test_delay seconds. */
static inline int suspend_in_test(void)
{
	int ret = write_to("/sys/power/pm_test", "core");

	if (ret)
		return ret;
	ret = suspend();
	write_to("/sys/power/pm_test", "none");
	return ret;
}

/* All the way; the machine's own clock wakes it. */
static inline int suspend_for(int seconds)
{
	char alarm[16];
	int ret = write_to("/sys/power/mem_sleep", "deep");

	if (ret)
		return ret;
	snprintf(alarm, sizeof(alarm), "+%d", seconds);
	write_to(RTC "wakealarm", "0");
	ret = write_to(RTC "wakealarm", alarm);
	return ret ? ret : suspend();
}

/* See tests/harness/qemu/guest: "stop" and "freeze". */
static inline int ask_host(const char *what, int seconds)
{
	const char *word = getenv("FASTVDSO_GUEST");
	char line[128];

	if (!word)
		return -ENODEV;
	snprintf(line, sizeof(line), "%s %s %d\n", word, what, seconds);
	return write_to("/dev/ttyS1", line);
}

/*
 * For how long: more than 2^32 cycles of a TSC. The kernel counts on with acpi_pm for no
 * more than half of its 4.7 s, then its own clocks go back; a busy host adds to the time.
 */
static inline int most_seconds_frozen(const char *clocksource)
{
	return strcmp(clocksource, "acpi_pm") ? 3 : 1;
}

/* Frozen, and waited until it was: a short sleep took that long. Returns how long, or 0. */
static inline int64_t freeze(int seconds)
{
	int64_t last = kernel_ns(CLOCK_MONOTONIC), now, took;
	int i;

	if (ask_host("freeze", seconds))
		return 0;
	for (i = 0; i < 2000; i++) {
		usleep(10000);
		now = kernel_ns(CLOCK_MONOTONIC);
		took = now - last;
		last = now;
		if (took > seconds * NS - NS / 4)
			return took;
	}
	return 0;
}

#endif
