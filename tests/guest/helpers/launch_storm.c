// SPDX-License-Identifier: GPL-2.0
/*
 * Hundreds of launches, sequential and parallel, with signals and with the helper killed at
 * random moments. Each program has to run with the image, run untouched, or end by the signal,
 * and no process may be left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kernel_ns.h"
#include "kselftest_harness.h"
#include "process.h"

#define TOOL	"/usr/bin/fastvdso"

static int number_of_launches(void)
{
	const char *wanted = getenv("FASTVDSO_LAUNCHES");

	return wanted ? atoi(wanted) : 60;
}

static char *path_of_launched(void)
{
	static char path[512];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);

	path[length < 0 ? 0 : length] = '\0';
	strcpy(strrchr(path, '/') + 1, "launched_static");
	return path;
}

static int64_t now_us(void)
{
	return libc_ns(CLOCK_MONOTONIC) / 1000;
}

static pid_t launch(const char *option)
{
	int follow = option && !strcmp(option, "--follow");
	char *argv[] = { TOOL, "run", (char *)(option ? option : "--"), path_of_launched(),
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

static struct {
	int	image, untouched, ended, wrong;		/* ended: by a signal of ours */
} count;

static void collect(pid_t pid)
{
	int status = wait_for_child(pid);

	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL)) {
		count.ended++;
	} else if (status == 0) {
		count.image++;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 4) {
		count.untouched++;
	} else {
		fprintf(stderr, "# wait status %#x\n", status);
		count.wrong++;
	}
}

/* Count the processes of the launcher and of its programs. */
static int count_strays(void)
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

/* The helper is the only child of a program that is being launched. */
static pid_t find_helper(pid_t pid)
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
	int64_t	takes;		/* duration of one launch, us */
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

	/* A helper may outlive its program by a moment. */
	while (count_strays() && tries++ < 200)
		usleep(10000);
	EXPECT_EQ(0, count_strays());
	EXPECT_EQ(0, count.wrong);
	EXPECT_EQ(-1, waitpid(-1, NULL, __WALL | WNOHANG));
	TH_LOG("%d with the image, %d untouched, %d ended by a signal; one launch takes %lld us",
	       count.image, count.untouched, count.ended, (long long)self->takes);
}

TEST_F_TIMEOUT(storm, sequential_launches_all_get_the_image, 600)
{
	int i, n = number_of_launches();

	for (i = 0; i < n; i++)
		collect(launch("--require"));
	EXPECT_EQ(n, count.image);
}

TEST_F_TIMEOUT(storm, parallel_launches_all_get_the_image, 600)
{
	int i, done, n = number_of_launches();
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

TEST_F_TIMEOUT(storm, a_signal_at_any_moment_leaves_no_process, 600)
{
	int i, n = number_of_launches();

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

/* Before, while and after the helper traces the program. */
TEST_F_TIMEOUT(storm, killing_the_helper_at_any_moment_leaves_the_program_running, 600)
{
	int i, n = number_of_launches(), killed = 0;

	for (i = 0; i < n; i++) {
		pid_t helper = 0, pid = launch(NULL);
		int64_t end = now_us() + 2 * self->takes;

		while (!helper && now_us() < end)
			helper = find_helper(pid);
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
