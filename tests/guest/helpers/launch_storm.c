// SPDX-License-Identifier: GPL-2.0
/*
 * Launches by the hundred, one after the other and many at once, while signals come at any
 * moment and the helper is killed at any moment: each program runs with the image, or
 * untouched, or ends by the signal; and nothing is left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define TOOL	"/usr/bin/fastvdso"

/* How many: FASTVDSO_LAUNCHES, for who has more time. */
static int launches(void)
{
	const char *wanted = getenv("FASTVDSO_LAUNCHES");

	return wanted ? atoi(wanted) : 60;
}

static char *launched(void)
{
	static char path[512];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);

	path[length < 0 ? 0 : length] = '\0';
	strcpy(strrchr(path, '/') + 1, "launched_static");
	return path;
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static pid_t launch(const char *option)
{
	int follow = option && !strcmp(option, "--follow");
	char *argv[] = { TOOL, "run", (char *)(option ? option : "--"), launched(),
			 follow ? "followed" : "code", NULL };
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		execv(TOOL, argv);
		_exit(99);
	}
	return pid;
}

/* With the image, untouched, ended by a signal, and anything else. */
static struct {
	int	image, untouched, ended, wrong;
} count;

static void collect(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		count.wrong++;
	else if (WIFSIGNALED(status))
		WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL ? count.ended++ : count.wrong++;
	else if (WEXITSTATUS(status) == 0)
		count.image++;
	else if (WEXITSTATUS(status) == 4)
		count.untouched++;
	else {
		fprintf(stderr, "# exit status %d\n", WEXITSTATUS(status));
		count.wrong++;
	}
}

/* Processes whose command is one of ours, but for those that run the tests. */
static int strays(void)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	char path[300], name[32];
	int found = 0;

	while ((entry = readdir(proc))) {
		FILE *comm;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		comm = atoi(entry->d_name) ? fopen(path, "re") : NULL;
		if (!comm)
			continue;
		if (fgets(name, sizeof(name), comm))
			found += !strncmp(name, "fastvdso", 8) || !strncmp(name, "launched", 8);
		fclose(comm);
	}
	closedir(proc);
	return found;
}

/* The helper: the only child that a program has that is just being launched. */
static pid_t helper_of(pid_t pid)
{
	char path[64];
	int helper = 0;
	FILE *children;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	children = fopen(path, "re");
	if (children) {
		if (fscanf(children, "%d", &helper) != 1)
			helper = 0;
		fclose(children);
	}
	return helper;
}

static void wait_us(int64_t us)
{
	int64_t end = now_us() + us;

	while (now_us() < end)
		;
}

FIXTURE(storm)
{
	int64_t	takes;		/* one launch, from beginning to end, us */
};

FIXTURE_SETUP(storm)
{
	int64_t start;

	memset(&count, 0, sizeof(count));
	srand(1);
	collect(launch(NULL));
	start = now_us();
	collect(launch(NULL));
	self->takes = now_us() - start;
	memset(&count, 0, sizeof(count));
}

FIXTURE_TEARDOWN(storm)
{
	int tries = 0;

	/* A helper that outlives its program by a moment is no stray. */
	while (strays() && tries++ < 200)
		usleep(10000);
	EXPECT_EQ(0, strays());
	EXPECT_EQ(0, count.wrong);
	EXPECT_EQ(-1, waitpid(-1, NULL, __WALL | WNOHANG));
	TH_LOG("%d with the image, %d untouched, %d ended by the signal; %lld us each alone",
	       count.image, count.untouched, count.ended, (long long)self->takes);
}

TEST_F_TIMEOUT(storm, one_after_the_other_all_have_the_image, 600)
{
	int i, n = launches();

	for (i = 0; i < n; i++)
		collect(launch("--require"));
	EXPECT_EQ(n, count.image);
}

TEST_F_TIMEOUT(storm, many_at_once_all_have_the_image, 600)
{
	int i, done, n = launches();
	pid_t pids[20];

	for (done = 0; done < n; done += i) {
		for (i = 0; i < 20 && done + i < n; i++)
			pids[i] = launch("--require");
		while (i--)
			collect(pids[i]);
		i = n - done < 20 ? n - done : 20;
	}
	EXPECT_EQ(n, count.image);
}

TEST_F_TIMEOUT(storm, signals_at_any_moment, 600)
{
	int i, n = launches();

	for (i = 0; i < n; i++) {
		pid_t pid = launch(i % 2 ? NULL : "--follow");

		wait_us(rand() % self->takes);
		if (i % 3) {
			kill(pid, i % 3 == 1 ? SIGTERM : SIGKILL);
		} else {
			kill(pid, SIGSTOP);
			wait_us(rand() % self->takes);
			kill(pid, SIGCONT);
		}
		collect(pid);
	}
	EXPECT_EQ(n, count.image + count.untouched + count.ended);
	EXPECT_LT(0, count.image);
	EXPECT_LT(0, count.ended);
	EXPECT_EQ(0, count.untouched);
}

/* From before it traces to after it has let go. */
TEST_F_TIMEOUT(storm, the_helper_killed_at_any_moment, 600)
{
	int i, n = launches(), killed = 0;

	for (i = 0; i < n; i++) {
		pid_t helper = 0, pid = launch(NULL);
		int64_t end = now_us() + 2 * self->takes;

		while (!helper && now_us() < end)
			helper = helper_of(pid);
		if (helper) {
			wait_us(rand() % (self->takes / 2));
			killed += !kill(helper, SIGKILL);
		}
		collect(pid);
	}
	EXPECT_EQ(n, count.image + count.untouched);
	EXPECT_LT(0, killed);
	TH_LOG("killed %d helpers of %d", killed, n);
}

TEST_HARNESS_MAIN
