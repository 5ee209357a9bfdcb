// SPDX-License-Identifier: GPL-2.0
/*
 * Confine a command, or this process, which then reads the clocks:
 *
 *	confined mdwe COMMAND...	the kernel refuses to make memory executable later;
 *					exit status 4 if the kernel does not support this
 *	confined nobody COMMAND...	no privileges
 *	confined no-ptrace COMMAND...	a seccomp filter that refuses ptrace()
 *	confined strict [library]	a seccomp filter that allows read, write, exit and
 *					clock_gettime, and kills on anything else
 *	confined late library		a filter that refuses openat(), before the library opens
 *	confined mute [library]		like strict, but clock_gettime kills too
 *	confined mute-steered		like mute, but an update of the page that could not check the
 *					line, after which system calls are right, is told from a fault
 *	confined strict-until FILE	like strict and mute, after the line "reading", until something
 *	confined mute-until FILE	is written to the file, of one byte, or for a minute
 *
 * The clocks are read through libc, or through libfastvdso with "library".
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fastvdso.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "forbid.h"
#include "kernel_ns.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#define PR_MDWE_REFUSE_EXEC_GAIN	1
#endif

#define LOAD_NUMBER	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define IF(number, what)							\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),			\
	BPF_STMT(BPF_RET | BPF_K, (what))
#define ELSE(what)	BPF_STMT(BPF_RET | BPF_K, (what))

static int install_filter(struct sock_filter *code, size_t size)
{
	struct sock_fprog program = { (unsigned short)(size / sizeof(*code)), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Allow write() and exit_group(). @rest: of what reads of the clocks may need; @others: of everything else. */
static int allow_output(unsigned int rest, unsigned int others)
{
	struct sock_filter code[] = {
		LOAD_NUMBER,
		IF(SYS_write, SECCOMP_RET_ALLOW), IF(SYS_exit_group, SECCOMP_RET_ALLOW),
		IF(SYS_read, rest), IF(SYS_exit, rest), IF(SYS_clock_gettime, rest),
		ELSE(others),
	};

	return install_filter(code, sizeof(code));
}

static int install_kill_filter(int mute)
{
	return allow_output(mute ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS);
}

/* Without stdio, which may make other system calls than write(). */
static int print_verdict(int right)
{
	static const char *const words[] = { "wrong\n", "right\n" };

	return write(STDOUT_FILENO, words[right], 6) == 6 && right ? 0 : 3;
}

static int read_clocks(int64_t (*now_ns)(clockid_t), int compare)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	int64_t before = 0, now, last[2] = { 0, 0 };
	int i, right = 1;

	for (i = 0; i < 2000; i++) {
		clockid_t clock = clocks[i % 2];

		if (compare)
			before = kernel_ns(clock);
		now = now_ns(clock);
		right &= now > 0 && now >= last[i % 2];
		right &= !compare || is_within(before, now, kernel_ns(clock), STEERED_SLACK);
		last[i % 2] = now;
	}
	return print_verdict(right);
}

/* Time may go back by the slack where the steered line ends or begins. */
static int read_clock_until(const char *file, int mute)
{
	int fd = open(file, O_RDONLY), right;
	const volatile char *written = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	int64_t end, now, last = 0;

	libc_ns(CLOCK_MONOTONIC);
	if (fd < 0 || written == MAP_FAILED || install_kill_filter(mute))
		return 5;
	end = libc_ns(CLOCK_MONOTONIC) + 60LL * NS;
	right = write(STDOUT_FILENO, "reading\n", 8) == 8;
	do {
		now = libc_ns(CLOCK_MONOTONIC);
		right &= now >= last - STEERED_SLACK;
		last = now;
	} while (*written == '\n' && now < end);
	return print_verdict(right && now < end);
}

static const volatile struct fastvdso_time_page *steered;
static volatile uint32_t seq_before;

static int is_withdrawn(void)
{
	return steered->hres[0].clock.clock_mode == FASTVDSO_CLOCK_NONE;
}

/* Steering goes on, but the last update withdrew the line, for instance because the host interrupted it. */
static void tell_left_out_update(int sig)
{
	static const char left_out[] = "an update was left out\n", fault[] = "system call although steered\n";
	int right = steered->steering == FASTVDSO_STEERING_ACTIVE &&
		    (is_withdrawn() || steered->hres[0].clock.seq != seq_before);

	(void)sig;
	_exit(right ? write(STDOUT_FILENO, left_out, sizeof(left_out) - 1) < 0 :
		      write(STDOUT_FILENO, fault, sizeof(fault) - 1) > 0);
}

static int read_while_steered(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(FASTVDSO_DEVICE, O_RDONLY), i, right = 1;
	char *data = mmap(NULL, FASTVDSO_DATA_PAGES * page, PROT_READ, MAP_SHARED, fd, FASTVDSO_OFFSET_DATA);
	int64_t now, last = 0;

	libc_ns(CLOCK_MONOTONIC);
	if (fd < 0 || data == MAP_FAILED || signal(SIGSYS, tell_left_out_update) == SIG_ERR)
		return 5;
	steered = (const void *)(data + FASTVDSO_PAGE_STEERED * page);
	/* SIGSYS, which can be caught. */
	if (allow_output(SECCOMP_RET_TRAP, SECCOMP_RET_TRAP))
		return 5;
	for (i = 0; i < 4000; i++) {
		seq_before = steered->hres[0].clock.seq;
		now = libc_ns(CLOCK_MONOTONIC);
		right &= now > 0 && now >= last;
		last = now;
	}
	return print_verdict(right);
}

static int confine_self(const char *how, const char *reader)
{
	int library = reader && !strcmp(reader, "library");
	int late = !strcmp(how, "late"), mute = !strcmp(how, "mute");

	/* With the first call, libc resolves its functions and the preload library opens. */
	libc_ns(CLOCK_MONOTONIC);
	if (library && !late && fastvdso_open())
		return 1;
	if (late ? forbid(SYS_openat) : install_kill_filter(mute))
		return 5;
	if (late && library && !fastvdso_open())
		return 1;
	return read_clocks(library ? fastvdso_now_ns : libc_ns, !mute);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int ret;

	if (!strcmp(how, "strict") || !strcmp(how, "late") || !strcmp(how, "mute"))
		return confine_self(how, argv[2]);
	if (!strcmp(how, "mute-steered"))
		return read_while_steered();
	if (argc < 3)
		return 2;
	if (!strcmp(how, "strict-until") || !strcmp(how, "mute-until"))
		return read_clock_until(argv[2], !strcmp(how, "mute-until"));
	if (!strcmp(how, "mdwe"))
		ret = prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) ? 4 : 0;
	else if (!strcmp(how, "nobody"))
		ret = setgid(65534) || setuid(65534) ? 5 : 0;
	else if (!strcmp(how, "no-ptrace"))
		ret = forbid(SYS_ptrace) ? 5 : 0;
	else
		ret = 2;
	if (ret)
		return ret;
	execvp(argv[2], argv + 2);
	return 127;
}
