// SPDX-License-Identifier: GPL-2.0
/*
 * The launcher execs the program, so that the program keeps the launcher's PID, parent, terminal and
 * exit status. A helper process traces the launcher across the exec. It is a child that shares the
 * launcher's memory until then. It exits without a signal, so that the program's wait() does not
 * report it, and the stub reaps it before the program's first instruction.
 *
 * With --follow the helper keeps tracing, and an intermediate process creates it, so that it is not
 * a child of the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clone.h"
#include "run.h"

/* Linux 5.9; not in every libc's headers. */
#ifndef SYS_close_range
#define SYS_close_range	436
#endif

/* Shared between the launcher and the helper. */
static struct {
	int			state;		/* futex; the kernel clears it when the helper exits */
	int			error;		/* errno of PTRACE_SEIZE */
	pid_t			program;
	pid_t			tracer;		/* the helper, with --follow too */
	pid_t			helper;
	const struct stub_args	*plan;
	const struct run_options *options;
	unsigned int		injected, untouched;	/* programs started with and without the image */
	struct timespec		begun;
} shared;

enum { ENDED, STARTING, NOT_PERMITTED, PERMITTED, ATTACHED, REFUSED };

static char helper_stack[64 << 10] __attribute__((__aligned__(16)));
static char follower_stack[16 << 10] __attribute__((__aligned__(16)));

static void set_state(int state)
{
	int before = __atomic_load_n(&shared.state, __ATOMIC_RELAXED);

	/* Once the helper has exited, the state stays ENDED. */
	while (before != ENDED && !__atomic_compare_exchange_n(&shared.state, &before, state, 0,
							       __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	syscall(SYS_futex, &shared.state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Wait while the state is `state`; return the next one. */
static int wait_while(int state)
{
	int now;

	while ((now = __atomic_load_n(&shared.state, __ATOMIC_ACQUIRE)) == state)
		syscall(SYS_futex, &shared.state, FUTEX_WAIT, state, NULL, NULL, 0);
	return now;
}

/* Continue from a stop: deliver the signal, if it is one; a group-stopped program stays stopped. */
static void forward_stop(pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_STOP) {
		int stopped = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
			      signal == SIGTTOU;

		ptrace(stopped ? PTRACE_LISTEN : PTRACE_CONT, pid, NULL, NULL);
		return;
	}
	ptrace(PTRACE_CONT, pid, NULL, event ? NULL : (void *)(long)signal);
}

/* Failure is normal for what the program executes in turn: report it only with --verbose. */
static void handle_exec(pid_t pid)
{
	const struct run_options *options = shared.options;
	int first = !shared.injected && !shared.untouched;
	struct stub_args plan = *shared.plan;
	const char *objection;

	plan.required = first && options->require;
	plan.quiet = !first && !options->verbose;
	objection = run_inject(pid, &plan, shared.helper);
	if (!objection) {
		shared.injected++;
	} else {
		shared.untouched++;
		if (first && options->require)
			kill(pid, SIGKILL);
		if (first || options->verbose)
			run_say("process %d: %s: %s", (int)pid, objection,
				first && options->require ? "ended" : "started without the image");
	}
	if (!objection && options->verbose)
		run_say("process %d: started with the image", (int)pid);
}

static void print_stats(const char *what)
{
	struct timespec now;

	if (!shared.options->stats)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	run_say("%u with the image, %u without; %s %lld us", shared.injected, shared.untouched, what,
		(long long)(now.tv_sec - shared.begun.tv_sec) * 1000000 +
		(now.tv_nsec - shared.begun.tv_nsec) / 1000);
}

/* Trace the program across its first exec, then detach. */
static void trace_once(void)
{
	int status;

	while (waitpid(shared.program, &status, __WALL) == shared.program && WIFSTOPPED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			handle_exec(shared.program);
			print_stats("started within");
			ptrace(PTRACE_DETACH, shared.program, NULL, NULL);
			return;
		}
		forward_stop(shared.program, status);
	}
}

/* Trace every exec of the program and its descendants, until all have exited. */
static void trace_all(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0 || !WIFSTOPPED(status))
			continue;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			handle_exec(pid);
		forward_stop(pid, status);
	}
	print_stats("ended after");
}

/* A helper that stays must not keep the program's files or directory open, nor get its signals. */
static void detach(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setpgid(0, 0);
	if (chdir("/"))
		return;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (!shared.options->verbose && !shared.options->stats)
		close(STDERR_FILENO);
	syscall(SYS_close_range, 3, ~0u, 0);
}

#define FOLLOW	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

static int seize_program(long follow)
{
	return ptrace(PTRACE_SEIZE, shared.program, NULL, (void *)(PTRACE_O_TRACEEXEC | follow)) ? errno : 0;
}

static void helper_main(void)
{
	long follow = shared.options->follow ? FOLLOW : 0;

	shared.tracer = getpid();
	shared.error = seize_program(follow);
	if (shared.error == EPERM) {
		set_state(NOT_PERMITTED);
		if (wait_while(NOT_PERMITTED) == PERMITTED)
			shared.error = seize_program(follow);
	}
	if (shared.error) {
		set_state(REFUSED);
	} else {
		set_state(ATTACHED);
		if (follow) {
			detach();
			trace_all();
		} else {
			run_preopen_stat(shared.program);
			trace_once();
		}
	}
	_exit(0);
}

/* Unlike vfork(), the launcher goes on. The kernel clears shared.state when the helper exits or dies. */
static long clone_helper(void)
{
	return run_clone(helper_main, helper_stack + sizeof(helper_stack), CLONE_VM | CLONE_CHILD_CLEARTID,
			 &shared.state);
}

/* Runs in an intermediate process, which exits so that the helper is not a child of the program. */
static void spawn_follower(void)
{
	long pid = clone_helper();

	if (pid < 0) {
		shared.error = (int)-pid;
		shared.state = ENDED;
	}
	_exit(0);
}

static long clone_follower(void)
{
	long pid = run_clone(spawn_follower, follower_stack + sizeof(follower_stack), CLONE_VM | CLONE_VFORK,
			     NULL);

	if (pid > 0)
		waitpid((pid_t)pid, NULL, __WALL);
	return pid < 0 ? pid : 0;
}

static int start_helper(void)
{
	long pid;
	int state;

	shared.state = STARTING;
	shared.error = 0;
	shared.program = getpid();
	pid = shared.options->follow ? clone_follower() : clone_helper();
	if (pid < 0)
		return (int)pid;
	shared.helper = (pid_t)pid;
	state = wait_while(STARTING);
	if (state == NOT_PERMITTED) {
		/*
		 * Yama may let only ancestors trace. Permit the helper, and nobody else, because any
		 * process of this user may be waiting for a launcher to attach to.
		 */
		prctl(PR_SET_PTRACER, shared.tracer);
		set_state(PERMITTED);
		state = wait_while(PERMITTED);
		prctl(PR_SET_PTRACER, 0);
	}
	if (state == ATTACHED)
		return 0;
	/* A helper that could not attach is about to exit: reap it. */
	wait_while(REFUSED);
	while (shared.helper && waitpid(shared.helper, NULL, __WALL) < 0 && errno == EINTR)
		;
	return shared.error ? -shared.error : -ECHILD;
}

int run_launch(const char *path, char **argv, const struct stub_args *plan,
	       const struct run_options *options)
{
	int error;

	if (options->stats)
		clock_gettime(CLOCK_MONOTONIC, &shared.begun);
	shared.plan = plan;
	shared.options = options;
	error = start_helper();
	if (error) {
		run_say("cannot trace the program: %s: %s", strerror(-error),
			options->require ? "not started" : "started without the image");
		if (options->require)
			exit(RUN_REFUSED);
	}
	execv(path, argv);
	return -errno;
}
