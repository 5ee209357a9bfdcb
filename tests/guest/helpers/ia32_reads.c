// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program for the launcher to start: reads libc's clocks 10,000 times, each between two system calls, while
 * signals interrupt it whose handler reads them too; and makes system calls by the entry that AT_SYSINFO gives.
 * Prints "right", or exits with another status than 0. With "filtered": reads clocks while their system calls fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "kernel_ns.h"

static const clockid_t clocks[] = {
	CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_MONOTONIC_RAW,
};

#define CLOCKS	(sizeof(clocks) / sizeof(clocks[0]))

static volatile sig_atomic_t signals, wrong;

static void read_all(void)
{
	size_t i;

	for (i = 0; i < CLOCKS; i++) {
		int64_t before = kernel_ns(clocks[i]), now = libc_ns(clocks[i]), after = kernel_ns(clocks[i]);

		wrong += !is_within(before, now, after, 0);
	}
}

static void on_signal(int signal)
{
	(void)signal;
	signals++;
	read_all();
}

/* By SYSENTER or what the kernel prefers, which returns into its own vDSO. */
static long call_by_sysinfo(long nr)
{
	long ret;

	__asm__ volatile("call *%2" : "=a"(ret) : "0"(nr), "r"(getauxval(AT_SYSINFO)) : "cc", "memory");
	return ret;
}

/* Whether both are read without a system call. An update that is left out makes that impossible for a moment. */
static int read_under_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime64, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
	struct timespec ts;
	int i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 2;
	for (i = 0; i < 1000; i++) {
		if (!clock_gettime(CLOCK_REALTIME, &ts) && !clock_gettime(CLOCK_MONOTONIC, &ts))
			return puts("no system call") < 0;
		usleep(1000);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	int i;

	if (argc > 1 && !strcmp(argv[1], "filtered"))
		return read_under_filter();
	if (!getauxval(AT_SYSINFO) || call_by_sysinfo(SYS_getppid) != getppid())
		return 2;
	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 10000; i++) {
		read_all();
		if (call_by_sysinfo(SYS_getppid) != getppid())
			return 3;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	if (wrong || !signals)
		return 4;
	return puts("right") < 0;
}
