// SPDX-License-Identifier: GPL-2.0
/*
 * A real-time task that never sleeps keeps the kernel's threads on its CPU from running. CPU hotplug
 * and unloading do not wait for it while the module steers. Without the module (guest --no-module)
 * this tests the kernel alone.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "set_clock.h"
#include "kselftest_harness.h"

#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"
#define CPU2		"/sys/devices/system/cpu/cpu2/online"

FIXTURE(realtime)
{
	pid_t spinner;
	int has_module;
};

static int set_priority(pid_t pid, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(pid, SCHED_FIFO, &param);
}

/* The kernel's threads that unloading waits for, and that may run on any CPU. */
static int is_waited_for(const char *name)
{
	return !strcmp(name, "rcu_sched") || !strcmp(name, "rcu_preempt") || !strcmp(name, "kdevtmpfs");
}

/*
 * As on machines that are set up for such tasks: softirqs run before them, because RCU needs those, and RCU's
 * thread is kept off the CPU, where it once waited behind the spinner for more than 20 s. Since
 * 6.12 the scheduler leaves a part of each CPU to other tasks, unless that is switched off. It is switched
 * off while the spinner is such a task, because 6.12.117 warns of an underflow in task_non_contending() if
 * there has been none for some time. That happens without the module too.
 */
static int prepare_kernel(void)
{
	char path[32], name[32];
	int ret = -ESRCH;
	cpu_set_t cpu0;
	pid_t pid;

	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	write_file("/sys/kernel/debug/sched/fair_server/cpu1/runtime", "0");
	for (pid = 2; pid < 1000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (read_line(path, name, sizeof(name)))
			continue;
		if (is_waited_for(name) && sched_setaffinity(pid, sizeof(cpu0), &cpu0))
			return -errno;
		if (!strcmp(name, "ksoftirqd/1"))
			ret = set_priority(pid, 60);
	}
	return ret;
}

static void spin_forever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin_to_cpu(1))
		_exit(1);
	for (;;)
		;
}

FIXTURE_SETUP(realtime)
{
	self->has_module = !access(FASTVDSO_DEVICE, R_OK);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "this machine has one CPU");
	if (access(RT_RUNTIME, W_OK))
		SKIP(return, "this kernel does not limit real-time tasks");
	ASSERT_EQ(0, pin_to_cpu(0));
	/*
	 * Unloading waits for a work that has begun, and the spinner could interrupt one for good. Steering
	 * goes on for a second after the last mapping of an earlier test: let it end.
	 */
	if (self->has_module)
		usleep(3000000);
	ASSERT_EQ(0, write_file(RT_RUNTIME, "-1"));
	self->spinner = fork();
	if (!self->spinner)
		spin_forever();
	usleep(100000);
	ASSERT_EQ(0, prepare_kernel());
	ASSERT_EQ(0, set_priority(self->spinner, 50));
	usleep(500000);
	ASSERT_EQ(0, waitpid(self->spinner, NULL, WNOHANG));
}

FIXTURE_TEARDOWN(realtime)
{
	if (self->spinner > 0)
		kill_child(self->spinner);
	write_file(RT_RUNTIME, "950000");
}

/* Run a shell command. True if it succeeds within 20 seconds; else the spinner is ended, too. */
static int succeeds(pid_t *spinner, const char *command)
{
	int64_t began = kernel_ns(CLOCK_MONOTONIC), took = 0;
	pid_t pid = fork();
	int status;

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(1);
	}
	while (!waitpid(pid, &status, WNOHANG)) {
		usleep(10000);
		took = kernel_ns(CLOCK_MONOTONIC) - began;
		if (took < 20 * NS)
			continue;
		printf("# hangs: %s\n", command);
		kill_child(*spinner);
		*spinner = 0;
		wait_for_child(pid);
		return 0;
	}
	printf("# after %lld ms: %s\n", (long long)took / 1000000, command);
	return status == 0;
}

TEST_F_TIMEOUT(realtime, cpu_hotplug_does_not_wait_for_a_spinning_cpu, 120)
{
	int i;

	if (access(CPU2, W_OK))
		SKIP(return, "this machine has no third CPU to take offline");
	if (self->has_module)
		ASSERT_EQ(0, fastvdso_open());
	for (i = 0; i < 3; i++) {
		usleep(1000000);	/* steering measures meanwhile */
		EXPECT_TRUE(succeeds(&self->spinner, "echo 0 > " CPU2));
		EXPECT_TRUE(succeeds(&self->spinner, "echo 1 > " CPU2));
	}
	if (self->has_module)
		fastvdso_close();
}

TEST_F_TIMEOUT(realtime, the_module_is_unloaded_and_loaded_beside_a_spinning_cpu, 120)
{
	char load[256];

	if (!self->has_module)
		SKIP(return, "the module is not loaded");
	ASSERT_EQ(0, fastvdso_open());
	usleep(1000000);
	fastvdso_close();
	snprintf(load, sizeof(load), "insmod /lib/modules/fastvdso.ko %s", getenv("FASTVDSO_PARAMS") ?: "");
	EXPECT_TRUE(succeeds(&self->spinner, "rmmod fastvdso"));
	EXPECT_TRUE(succeeds(&self->spinner, load));
}

TEST_HARNESS_MAIN
