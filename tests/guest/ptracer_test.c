// SPDX-License-Identifier: GPL-2.0
/*
 * Under Yama's ptrace_scope=1 only ancestors may trace. A process of the same user that waits for a
 * launcher to permit its helper must not get to trace the launcher, or the program that it becomes.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "unprivileged.h"
#include "kselftest_harness.h"

#define SCOPE		"/proc/sys/kernel/yama/ptrace_scope"
#define LAUNCHES	300

/* The PID that the kernel gave last. */
static pid_t last_pid(void)
{
	char text[64];

	read_line("/proc/loadavg", text, sizeof(text));
	return atoi(strrchr(text, ' ') + 1);
}

/* Attach to all processes that start; the exit status is how often that worked. */
static __attribute__((__noreturn__)) void attack(void)
{
	const struct timespec moment = { 0, 1 };
	int seized = 0;
	pid_t pid;

	signal(SIGTERM, SIG_IGN);
	while (access("/tmp/attacked", F_OK)) {
		for (pid = last_pid() + 1; pid > last_pid() - 3; pid--) {
			if (pid == getpid() || ptrace(PTRACE_SEIZE, pid, NULL, NULL))
				continue;
			seized++;
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
			waitpid(pid, NULL, __WALL);
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
		}
		nanosleep(&moment, NULL);
	}
	_exit(seized > 100 ? 100 : seized);
}

/* Launch a program; 0 if it ran, with the image. */
static int launch(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execlp("fastvdso", "fastvdso", "run", "--require", "/bin/true", NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

FIXTURE(ptracer)
{
	int unused;
};

FIXTURE_SETUP(ptracer)
{
}

FIXTURE_TEARDOWN(ptracer)
{
}

TEST_F_TIMEOUT(ptracer, nobody_but_the_helper_can_trace_a_launcher, 180)
{
	int status, failed = 0, i;
	pid_t attacker, launcher;

	if (write_file(SCOPE, "1"))
		SKIP(return, "no Yama here");
	unlink("/tmp/attacked");
	attacker = fork();
	if (!attacker) {
		if (become_nobody())
			_exit(101);
		attack();
	}
	launcher = fork();
	if (!launcher) {
		if (become_nobody())
			_exit(101);
		for (i = 0; i < LAUNCHES; i++)
			failed += launch() != 0;
		_exit(failed > 100 ? 100 : failed);
	}
	waitpid(launcher, &status, 0);
	EXPECT_EQ(0, status);
	close(open("/tmp/attacked", O_CREAT | O_WRONLY, 0600));
	waitpid(attacker, &status, 0);
	EXPECT_EQ(0, status);
	write_file(SCOPE, "0");
}

TEST_HARNESS_MAIN
