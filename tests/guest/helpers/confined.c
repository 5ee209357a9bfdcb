// SPDX-License-Identifier: GPL-2.0
/*
 * Confinement, of oneself or of a command:
 *
 *	confined mdwe COMMAND...	the kernel refuses that memory gains execute permission;
 *					exit status 4 where it cannot
 *	confined nobody COMMAND...	no privileges
 *	confined no-ptrace COMMAND...	a system call filter that refuses ptrace()
 *	confined strict			read, write, exit and the clocks' system calls are allowed,
 *					anything else kills; then libc's clocks are read
 *	confined strict library		the same with libfastvdso, opened before
 *	confined late library		the filter first, which refuses to open a file
 *	confined mute [library]		the clocks' system calls kill too
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fastvdso.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel_ns.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#define PR_MDWE_REFUSE_EXEC_GAIN	1
#endif

/* As in run_test: a steered line may begin above the kernel's clock, for some milliseconds. */
#define SLACK	1000000

#define LOAD_NUMBER	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define IF(number, what)							\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),			\
	BPF_STMT(BPF_RET | BPF_K, (what))
#define ELSE(what)	BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE		(SECCOMP_RET_ERRNO | EPERM)

static int filter(struct sock_filter *code, size_t size)
{
	struct sock_fprog program = { (unsigned short)(size / sizeof(*code)), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int strict(void)
{
	struct sock_filter code[] = {
		LOAD_NUMBER,
		IF(SYS_read, SECCOMP_RET_ALLOW), IF(SYS_write, SECCOMP_RET_ALLOW),
		IF(SYS_exit, SECCOMP_RET_ALLOW), IF(SYS_exit_group, SECCOMP_RET_ALLOW),
		IF(SYS_clock_gettime, SECCOMP_RET_ALLOW),
		ELSE(SECCOMP_RET_KILL_PROCESS),
	};

	return filter(code, sizeof(code));
}

static int mute(void)
{
	struct sock_filter code[] = {
		LOAD_NUMBER,
		IF(SYS_write, SECCOMP_RET_ALLOW), IF(SYS_exit_group, SECCOMP_RET_ALLOW),
		ELSE(SECCOMP_RET_KILL_PROCESS),
	};

	return filter(code, sizeof(code));
}

static int refuse(unsigned int number)
{
	struct sock_filter code[] = { LOAD_NUMBER, IF(number, REFUSE), ELSE(SECCOMP_RET_ALLOW) };

	return filter(code, sizeof(code));
}

static int64_t libc_ns(clockid_t clock)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) ? -1 : ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Said without stdio, which may want more than write(). */
static int say(int right)
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
		before = compare ? kernel_ns(clocks[i % 2]) : 0;
		now = now_ns(clocks[i % 2]);
		right &= now > 0 && now >= last[i % 2] && now >= before - SLACK;
		right &= !compare || now <= kernel_ns(clocks[i % 2]) + SLACK;
		last[i % 2] = now;
	}
	return say(right);
}

static int oneself(const char *how, const char *whose)
{
	int library = whose && !strcmp(whose, "library");
	int64_t (*now_ns)(clockid_t) = library ? fastvdso_now_ns : libc_ns;
	int late = !strcmp(how, "late");

	/* libc looks its functions up, and the preload library opens, with the first call. */
	libc_ns(CLOCK_MONOTONIC);
	if (library && !late && fastvdso_open())
		return 1;
	if (late ? refuse(SYS_openat) : !strcmp(how, "mute") ? mute() : strict())
		return 5;
	if (late && library && !fastvdso_open())
		return 1;
	return read_clocks(now_ns, strcmp(how, "mute") != 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int ret;

	if (!strcmp(how, "strict") || !strcmp(how, "late") || !strcmp(how, "mute"))
		return oneself(how, argv[2]);
	if (argc < 3)
		return 2;
	if (!strcmp(how, "mdwe"))
		ret = prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) ? 4 : 0;
	else if (!strcmp(how, "nobody"))
		ret = setgid(65534) || setuid(65534) ? 5 : 0;
	else if (!strcmp(how, "no-ptrace"))
		ret = refuse(SYS_ptrace) ? 5 : 0;
	else
		ret = 2;
	if (ret)
		return ret;
	execvp(argv[2], argv + 2);
	return 127;
}
