// SPDX-License-Identifier: GPL-2.0
/*
 * The launcher becomes the program: so its process, parent, terminal and exit status
 * are the program's own. A helper traces it over its exec: a child that shares the
 * launcher's memory until then, that no wait() of the program sees (it ends without a
 * signal), and that the stub waits for, so that nothing of it is left when the program
 * begins. With --follow it is nobody's child, and stays.
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
#include <unistd.h>

#include "run.h"

/* What the helper and the launcher have in common while the launcher waits for the helper. */
static struct {
	int			state;		/* 0: the helper is dead */
	int			error;		/* of PTRACE_SEIZE */
	pid_t			program;
	pid_t			helper;
	const struct stub_args	*plan;
	const struct run_options *options;
} shared;

enum { ENDED, STARTING, ATTACHED, REFUSED };

static char helper_stack[64 << 10] __attribute__((__aligned__(16)));

static void say_state(int state)
{
	__atomic_store_n(&shared.state, state, __ATOMIC_RELEASE);
	syscall(SYS_futex, &shared.state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static int wait_for_state(void)
{
	int state;

	while ((state = __atomic_load_n(&shared.state, __ATOMIC_ACQUIRE)) == STARTING)
		syscall(SYS_futex, &shared.state, FUTEX_WAIT, STARTING, NULL, NULL, 0);
	return state;
}

/* A stop that is not ours: signals are passed on, a stopped program stays stopped. */
static void pass_on(pid_t pid, int status)
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

static void at_exec(pid_t pid, pid_t helper)
{
	const struct run_options *options = shared.options;
	struct stub_args plan = *shared.plan;
	const char *objection = run_inject(pid, &plan, helper);

	if (objection && (helper || options->verbose))
		run_say("%s: started without the image", objection);
	if (objection && options->require)
		kill(pid, SIGKILL);
}

/* Over the first exec of the program; then it is let go. */
static void trace_once(void)
{
	int status;

	while (waitpid(shared.program, &status, __WALL) == shared.program && WIFSTOPPED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			at_exec(shared.program, shared.helper);
			ptrace(PTRACE_DETACH, shared.program, NULL, NULL);
			return;
		}
		pass_on(shared.program, status);
	}
}

static int help(void *unused)
{
	(void)unused;
	if (ptrace(PTRACE_SEIZE, shared.program, NULL, (void *)(long)PTRACE_O_TRACEEXEC)) {
		shared.error = errno;
		say_state(REFUSED);
	} else {
		say_state(ATTACHED);
		trace_once();
	}
	_exit(0);
}

/* Not vfork(): it has a stack of its own, and its end clears shared.state, whatever ends it. */
static int start_helper(void)
{
	shared.state = STARTING;
	shared.program = getpid();
	/* Where Yama is: any tracer, until it is there. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (clone(help, helper_stack + sizeof(helper_stack),
		  CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID, NULL, &shared.helper, NULL,
		  &shared.state) < 0)
		return -errno;
	switch (wait_for_state()) {
	case ATTACHED:
		break;
	case REFUSED:
		return -shared.error;
	default:
		return -ECHILD;
	}
	prctl(PR_SET_PTRACER, 0);
	return 0;
}

static void end_helper(void)
{
	prctl(PR_SET_PTRACER, 0);
	if (shared.helper)
		while (waitpid(shared.helper, NULL, __WALL) < 0 && errno == EINTR)
			;
}

int run_launch(const char *path, char **argv, const struct stub_args *plan,
	       const struct run_options *options)
{
	int error;

	shared.plan = plan;
	shared.options = options;
	error = start_helper();
	if (error) {
		end_helper();
		run_say("cannot trace the program: %s: started without the image", strerror(-error));
		if (options->require)
			exit(RUN_REFUSED);
	}
	execv(path, argv);
	return -errno;
}
