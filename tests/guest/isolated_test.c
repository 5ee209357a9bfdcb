// SPDX-License-Identifier: GPL-2.0
/*
 * Isolated CPUs (isolcpus=, nohz_full=) are left alone, whether the module is loaded, or a process on
 * another CPU maps the pages. CPU-time clocks are right there. For guests with isolcpus=1 nohz_full=1
 * rcu_nocbs=1 nowatchdog.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/prctl.h>

#include "bracket.h"
#include "cpu_time_reads.h"

/* On CPU 1, by the process that spins there. */
static struct spin {
	int		stop;
	unsigned long	reads, wrong, steered;
} *spin;

FIXTURE(isolated)
{
	pid_t spinner;
};

/* Interruptions of the process by others. */
static long preemptions(pid_t pid)
{
	char path[64], line[128];
	long count = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "nonvoluntary_ctxt_switches: %ld", &count);
	if (file)
		fclose(file);
	return count;
}

#define TRACING	"/sys/kernel/tracing/"

/* Record what the kernel switches to from the process. */
static void trace_switches(pid_t pid)
{
	char filter[64];

	if (access(TRACING "trace", F_OK) && system("mount -t tracefs none " TRACING))
		return;
	snprintf(filter, sizeof(filter), "prev_pid == %d", pid);
	write_file(TRACING "events/sched/sched_switch/filter", filter);
	write_file(TRACING "events/sched/sched_switch/enable", "1");
}

/*
 * How often the kernel switched from the process, not counting the softirq thread. That runs if a tick's
 * softirqs are not done within 2 ms, which happens here when the host takes the CPU away inside a tick
 * (seen on 5.10: RCU's, in ticks that took 2 to 4 ms). Prints what it switched to.
 */
static long traced_switches(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[512], *next;
	long count = 0;

	while (trace && fgets(line, sizeof(line), trace)) {
		next = strstr(line, "next_comm=");
		if (!next || *line == '#')
			continue;
		printf("# switched to %s", next);
		count += strncmp(next, "next_comm=ksoftirqd/", 20) != 0;
	}
	write_file(TRACING "events/sched/sched_switch/enable", "0");
	return trace ? count + fclose(trace) : -1;
}

static void spin_until_stopped(int read_clocks)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin_to_cpu(1))
		_exit(1);
	if (read_clocks && fastvdso_open_flags(FASTVDSO_STEERED))
		_exit(2);
	while (!__atomic_load_n(&spin->stop, __ATOMIC_RELAXED)) {
		int64_t before, fast, after;
		uint64_t bound;

		if (!read_clocks)
			continue;
		before = kernel_ns(CLOCK_MONOTONIC);
		fast = fastvdso_now_ns_bound(CLOCK_MONOTONIC, &bound);
		after = kernel_ns(CLOCK_MONOTONIC);
		spin->wrong += fast < before - (int64_t)bound || fast > after + (int64_t)bound;
		spin->steered += bound > 0;
		spin->reads++;
	}
	_exit(0);
}

static pid_t start_spinner(int read_clocks)
{
	pid_t pid = fork();

	if (!pid)
		spin_until_stopped(read_clocks);
	usleep(1000000);
	return pid;
}

FIXTURE_SETUP(isolated)
{
	char list[64] = "";

	if (read_line("/sys/devices/system/cpu/isolated", list, sizeof(list)) || strcmp(list, "1"))
		SKIP(return, "CPU 1 is not isolated");
	ASSERT_EQ(0, pin_to_cpu(0));
	/* The kernel's own work on each CPU. Its watchdog and RCU are told to leave CPU 1 alone at boot. */
	ASSERT_EQ(0, write_file("/proc/sys/vm/stat_interval", "1000"));
	spin = mmap(NULL, sizeof(*spin), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE_TEARDOWN(isolated)
{
	if (!self->spinner)
		return;
	__atomic_store_n(&spin->stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(0, wait_for_child(self->spinner));
}

TEST_F_TIMEOUT(isolated, a_busy_loop_is_not_interrupted, 120)
{
	char load[256];
	long before;
	int i;

	snprintf(load, sizeof(load), "rmmod fastvdso && insmod /lib/modules/fastvdso.ko %s",
		 getenv("FASTVDSO_PARAMS") ?: "");
	self->spinner = start_spinner(0);
	trace_switches(self->spinner);
	before = preemptions(self->spinner);
	ASSERT_LE(0, before);
	ASSERT_EQ(0, system(load));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, fastvdso_open_flags(FASTVDSO_STEERED));
		usleep(2000000);
		TH_LOG("mode %u", status_now().mode);
		fastvdso_close();
		usleep(2000000);
	}
	TH_LOG("%ld involuntary switches", preemptions(self->spinner) - before);
	EXPECT_EQ(0, traced_switches());
}

TEST_F_TIMEOUT(isolated, readings_are_within_the_bound, 60)
{
	self->spinner = start_spinner(1);
	usleep(8000000);
	TH_LOG("%lu readings on the isolated CPU, %lu steered, %lu wrong", spin->reads, spin->steered,
	       spin->wrong);
	EXPECT_LT(1000, spin->reads);
	EXPECT_EQ(0, spin->wrong);
}

/* --- CPU-time clocks --- */

static int can_read_cpu_time(void)
{
	if (open_pages())
		return 0;
	becomes_fast();
	return state() == FASTVDSO_CPU_TIME_ACTIVE;
}

TEST_F_TIMEOUT(isolated, thread_time_lies_between_two_system_calls, 120)
{
	pid_t pid;

	if (!can_read_cpu_time())
		SKIP(return, "the scheduler's clock does not follow the counter here");
	pid = fork();
	if (!pid)
		_exit(pin_to_cpu(1) ? OTHER : read_as_child(READS));
	EXPECT_EQ(OK, status_of(pid));
}

static int armed;

/* In a thread of CPU 1, which is not switched until it sleeps. */
static void *read_before_and_after_a_switch(void *to)
{
	struct cpu_tally *tally = to;
	int i;

	pin_to_cpu(1);
	while (!__atomic_load_n(&armed, __ATOMIC_RELAXED))
		;
	for (i = 0; i < 2000; i++)
		read_once(tally, CLOCK_THREAD_CPUTIME_ID, i & 1);
	printf("# %u of 2000 fast before the first sleep\n", tally->fast);
	tally->fast = 0;
	becomes_fast();
	for (i = 0; i < 2000; i++)
		read_once(tally, CLOCK_THREAD_CPUTIME_ID, i & 1);
	return NULL;
}

/* The module makes no isolated CPU switch. Until it does by itself, its thread makes system calls. */
TEST_F_TIMEOUT(isolated, a_running_thread_reads_the_page_after_its_next_switch, 60)
{
	struct cpu_tally tally = { .last = 0 };
	pthread_t thread;
	pid_t pid;

	if (!can_read_cpu_time())
		SKIP(return, "the scheduler's clock does not follow the counter here");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (pthread_create(&thread, NULL, read_before_and_after_a_switch, &tally))
			_exit(OTHER);
		usleep(500000);
		if (!becomes_fast())
			_exit(NOT_FAST);
		usleep(500000);
		__atomic_store_n(&armed, 1, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		fflush(stdout);
		_exit(judge_cpu_tally(&tally, 2000));
	}
	EXPECT_EQ(OK, status_of(pid));
}

TEST_HARNESS_MAIN
