/* SPDX-License-Identifier: GPL-2.0 */
/* Suspend the machine, and have the host stop or freeze it. */
#ifndef FASTVDSO_MACHINE_H
#define FASTVDSO_MACHINE_H

#include <stdio.h>
#include <stdlib.h>

#include "set_clock.h"

#define CPU1	"/sys/devices/system/cpu/cpu1/online"
#define RTC	"/sys/class/rtc/rtc0/"

#define ONLINE	"/sys/devices/system/cpu/online"

/* A CPU that does not come back is an error here, because the kernel only reports it. */
static inline int suspend(void)
{
	char before[64] = "", after[64] = "";
	int ret;

	read_line(ONLINE, before, sizeof(before));
	change_begin();
	ret = write_file("/sys/power/state", "mem");
	change_end();
	read_line(ONLINE, after, sizeof(after));
	return ret || !strcmp(before, after) ? ret : -EHOSTDOWN;
}

/* Without suspend to memory the kernel knows only suspend to idle, whose test ends before the clocks stop. */
static inline int can_test_suspend(void)
{
	char kinds[64];

	return !access("/sys/power/pm_test", W_OK) &&
	       !read_line("/sys/power/mem_sleep", kinds, sizeof(kinds)) && strstr(kinds, "deep");
}

/* Suspend up to the last step before the hardware, where the kernel waits pm_test_delay seconds. */
static inline int suspend_pm_test(void)
{
	int ret = write_file("/sys/power/pm_test", "core");

	if (ret)
		return ret;
	ret = suspend();
	write_file("/sys/power/pm_test", "none");
	return ret;
}

/* Total time in suspend: BOOTTIME counts it, MONOTONIC does not. */
static inline int64_t slept_ns(void)
{
	return kernel_ns(CLOCK_BOOTTIME) - kernel_ns(CLOCK_MONOTONIC);
}

/* Print how often the kernel suspended the machine, and how far it is told to go. */
static inline void describe_suspends(char *text, size_t size)
{
	static const char *const files[] = { "suspend_stats/success", "suspend_stats/fail",
					     "suspend_stats/last_failed_step", "pm_test", "mem_sleep" };
	char path[64], line[128];
	size_t i, used = 0;

	*text = '\0';
	for (i = 0; i < sizeof(files) / sizeof(files[0]) && used < size; i++) {
		snprintf(path, sizeof(path), "/sys/power/%s", files[i]);
		if (!read_line(path, line, sizeof(line)))
			used += (size_t)snprintf(text + used, size - used, " %s: %s", files[i], line);
	}
}

/*
 * Can the machine suspend to memory, and can its RTC wake it? A guest of KVM's Xen interface does not come back,
 * without the module either.
 */
static inline int can_suspend(void)
{
	const char *host = getenv("FASTVDSO_HOST");
	char kinds[64];

	return (!host || strcmp(host, "xen-hvm")) &&
	       !read_line("/sys/power/mem_sleep", kinds, sizeof(kinds)) && strstr(kinds, "deep") &&
	       !access(RTC "wakealarm", W_OK);
}

/*
 * When an emulated machine resumes, SeaBIOS counts the CPUs in memory that it made read-only before. So it does
 * not wait for those that it starts, and on a busy host one may start only when the kernel resets it: at SeaBIOS's
 * address, not at the kernel's, and it never comes online again. Make that memory writable, which is from
 * 0xf0000: byte 0x59 of the i440FX.
 */
static inline int let_seabios_write(void)
{
	int fd = open("/sys/bus/pci/devices/0000:00:00.0/config", O_RDWR | O_CLOEXEC), ret = 0;
	unsigned int device = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (pread(fd, &device, 4, 0) == 4 && device == 0x12378086 && pwrite(fd, "\x30", 1, 0x59) != 1)
		ret = -errno;
	close(fd);
	return ret;
}

static inline int suspend_for(int seconds)
{
	char alarm[16];
	int ret = write_file("/sys/power/mem_sleep", "deep");

	if (!ret && getenv("FASTVDSO_GUEST"))
		ret = let_seabios_write();
	if (ret)
		return ret;
	snprintf(alarm, sizeof(alarm), "+%d", seconds);
	write_file(RTC "wakealarm", "0");
	ret = write_file(RTC "wakealarm", alarm);
	return ret ? ret : suspend();
}

/* Give the host an order: tests/harness/qemu/guest describes them. */
static inline int tell_host(const char *order)
{
	const char *word = getenv("FASTVDSO_GUEST");
	char line[160];

	if (!word)
		return -ENODEV;
	snprintf(line, sizeof(line), "%s %s\n", word, order);
	return write_file("/dev/ttyS1", line);
}

/* An order with one number. */
static inline int ask_host(const char *what, int seconds)
{
	char order[32];

	snprintf(order, sizeof(order), "%s %d", what, seconds);
	return tell_host(order);
}

/* How far the RTC, which QEMU takes from the host, is ahead of MONOTONIC. */
static inline long long lost_sec(void)
{
	char epoch[32] = "0";

	read_line(RTC "since_epoch", epoch, sizeof(epoch));
	return strtoll(epoch, NULL, 10) - kernel_ns(CLOCK_MONOTONIC) / NS;
}

/* Wait until the kernel's clocks have lost @seconds since lost_sec() returned @before. Returns how many. */
static inline long long wait_until_lost(long long before, int seconds, int timeout)
{
	long long lost = 0;
	int i;

	for (i = 0; i < timeout * 10 && lost < seconds; i++) {
		usleep(100000);
		lost = lost_sec() - before;
	}
	return lost;
}

/*
 * 3 s are more than 2^32 cycles of a TSC. acpi_pm wraps after 4.7 s, and the kernel's own
 * clocks go back if it is frozen for more than half of that; a busy host prolongs a freeze.
 */
static inline int max_freeze_seconds(const char *clocksource)
{
	return strcmp(clocksource, "acpi_pm") ? 3 : 1;
}

/*
 * Have the host freeze the machine, and wait until a short sleep shows that it did.
 * Returns how long that sleep took, or 0.
 */
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
