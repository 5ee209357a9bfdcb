// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-time clocks read from the pages while something happens to the thread: ptrace stops, CPU throttling,
 * moves between task groups, core scheduling, interrupts, suspend, a time namespace, and many other threads.
 * A child reads, each time between two system calls, until the event has happened often. isolated_test.c has
 * nohz_full CPUs.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "cpu_time_reads.h"
#include "machine.h"
#include "unprivileged.h"

/* Both are old, but some libcs do not have them. */
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE		62
#define PR_SCHED_CORE_CREATE	1
#endif

#define EVENTS		100
#define GROUP_A		CGROUPS "fastvdso-cpu-a/"
#define GROUP_B		CGROUPS "fastvdso-cpu-b/"

/* Shared with the child that reads. */
static struct report {
	int		started, stop;
	unsigned int	reads;
	struct cpu_tally	tally;
} *report;

static unsigned int wanted_reads(void)
{
	return (unsigned int)bracketed_reads() / 20;
}

static unsigned int reads_so_far(void)
{
	return __atomic_load_n(&report->reads, __ATOMIC_RELAXED);
}

static void read_until_stopped(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!becomes_fast())
		_exit(NOT_FAST);
	__atomic_store_n(&report->started, 1, __ATOMIC_RELAXED);
	while (!__atomic_load_n(&report->stop, __ATOMIC_RELAXED)) {
		read_once(&report->tally, CLOCK_THREAD_CPUTIME_ID, report->reads & 1);
		__atomic_store_n(&report->reads, report->reads + 1, __ATOMIC_RELAXED);
	}
	_exit(OK);
}

/* Start the child, which reads as nobody. @prepare is called in it before. Returns its PID, or -1 if it does not read. */
static pid_t start_reader(int (*prepare)(void))
{
	pid_t pid;
	int ms;

	if (!report)
		report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);
	memset(report, 0, sizeof(*report));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if ((prepare && prepare()) || become_nobody())
			_exit(OTHER);
		read_until_stopped();
	}
	for (ms = 0; ms < 10000 && !__atomic_load_n(&report->started, __ATOMIC_RELAXED); ms++)
		usleep(1000);
	if (report->started)
		return pid;
	kill_child(pid);
	return -1;
}

static void stop_reader(struct __test_metadata *_metadata, pid_t pid)
{
	__atomic_store_n(&report->stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(OK, status_of(pid));
	expect_right(_metadata, &report->tally, report->reads);
}

/* A child that uses all of a CPU. @prepare as above. */
static pid_t start_spinner(int (*prepare)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prepare && prepare())
		_exit(OTHER);
	for (;;)
		__asm__ volatile("");
}

/* --- ptrace --- */

static int interrupt(pid_t pid)
{
	int status;

	return ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid ||
	       !WIFSTOPPED(status);
}

/* A stop within a read is a switch, so a step through one makes it a system call. */
static int single_steps(pid_t pid, int steps)
{
	int status;

	while (steps--)
		if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid ||
		    !WIFSTOPPED(status))
			return -1;
	return 0;
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_across_ptrace_stops, 300)
{
	pid_t pid = start_reader(NULL);
	int stops;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, 0, 0));
	for (stops = 0; stops < EVENTS || reads_so_far() < wanted_reads(); stops++) {
		ASSERT_EQ(0, interrupt(pid));
		if (stops % 8 == 0)
			ASSERT_EQ(0, single_steps(pid, 100));
		ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, 0, 0));
		usleep(300);
	}
	ASSERT_EQ(0, interrupt(pid));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	TH_LOG("%d stops", stops);
	stop_reader(_metadata, pid);
}

/* --- Task groups --- */

static long throttled(void)
{
	char line[128];
	long count = -1;
	FILE *file = fopen(GROUP_A "cpu.stat", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "nr_throttled %ld", &count);
	if (file)
		fclose(file);
	return count;
}

static int enter_group_a(void)
{
	return write_file(GROUP_A "cgroup.procs", "0");
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_while_the_cgroup_is_throttled, 600)
{
	pid_t reader, spinner;

	ASSERT_EQ(0, make_cgroup(GROUP_A, "+cpu"));
	if (access(GROUP_A "cpu.max", F_OK))
		SKIP(return, "the kernel does not throttle cgroups");
	ASSERT_EQ(0, write_file(GROUP_A "cpu.max", "10000 20000"));
	/* Another process spends the group's time on another CPU. */
	spinner = start_spinner(enter_group_a);
	reader = start_reader(enter_group_a);
	ASSERT_LT(0, reader);
	while (throttled() < EVENTS || reads_so_far() < wanted_reads())
		usleep(10000);
	TH_LOG("throttled %ld times", throttled());
	stop_reader(_metadata, reader);
	kill_child(spinner);
	EXPECT_EQ(0, rmdir(GROUP_A));
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_while_moved_between_cgroups, 300)
{
	pid_t reader, spinner;
	char number[16];
	int moves;

	ASSERT_EQ(0, make_cgroup(GROUP_A, "+cpu"));
	ASSERT_EQ(0, make_cgroup(GROUP_B, "+cpu"));
	ASSERT_EQ(0, write_file(GROUP_B "cpu.weight", "10"));
	spinner = start_spinner(enter_group_a);
	reader = start_reader(enter_group_a);
	ASSERT_LT(0, reader);
	snprintf(number, sizeof(number), "%d", reader);
	for (moves = 0; moves < EVENTS || reads_so_far() < wanted_reads(); moves++) {
		ASSERT_EQ(0, write_file(moves & 1 ? GROUP_A "cgroup.procs" : GROUP_B "cgroup.procs", number));
		usleep(500);
	}
	TH_LOG("%d moves", moves);
	stop_reader(_metadata, reader);
	kill_child(spinner);
	EXPECT_EQ(0, rmdir(GROUP_A));
	EXPECT_EQ(0, rmdir(GROUP_B));
}

#define AUTOGROUP	"/proc/sys/kernel/sched_autogroup_enabled"

static int start_session(void)
{
	return setsid() < 0;
}

/* Each session is a task group, with a nice value of its own. */
TEST_F_TIMEOUT(cpu_time, thread_time_is_right_with_autogroup, 300)
{
	pid_t reader, spinners[2];
	char before[8], path[32], nice[8];
	int i, changes;

	if (read_line(AUTOGROUP, before, sizeof(before)))
		SKIP(return, "the kernel has no autogroup");
	ASSERT_EQ(0, write_file(AUTOGROUP, "1"));
	for (i = 0; i < 2; i++)
		spinners[i] = start_spinner(start_session);
	reader = start_reader(start_session);
	ASSERT_LT(0, reader);
	snprintf(path, sizeof(path), "/proc/%d/autogroup", reader);
	for (changes = 0; changes < EVENTS || reads_so_far() < wanted_reads(); changes++) {
		snprintf(nice, sizeof(nice), "%d", changes % 20 - 10);
		ASSERT_EQ(0, write_file(path, nice));
		usleep(1000);
	}
	TH_LOG("%d changes of the group's weight", changes);
	stop_reader(_metadata, reader);
	for (i = 0; i < 2; i++)
		kill_child(spinners[i]);
	EXPECT_EQ(0, write_file(AUTOGROUP, before));
}

/* --- Core scheduling --- */

static int new_cookie(pid_t pid)
{
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, pid, 0, 0) ? -errno : 0;
}

static int take_cookie(void)
{
	return new_cookie(0);
}

/* Of two threads of a core, one idles while the other runs a process with another cookie. */
TEST_F_TIMEOUT(cpu_time, thread_time_is_right_with_core_scheduling, 300)
{
	pid_t reader, spinners[2], probe = fork();
	int i, changes, error;

	if (!probe)
		_exit(-take_cookie());
	error = status_of(probe);
	if (error == ENODEV || error == EINVAL)
		SKIP(return, "%s", error == ENODEV ? "CPUs are cores: use --smp 2,threads=2" :
						     "the kernel has no core scheduling");
	ASSERT_EQ(0, error);
	for (i = 0; i < 2; i++)
		spinners[i] = start_spinner(take_cookie);
	reader = start_reader(take_cookie);
	ASSERT_LT(0, reader);
	for (changes = 0; changes < EVENTS || reads_so_far() < wanted_reads(); changes++) {
		ASSERT_EQ(0, new_cookie(reader));
		usleep(1000);
	}
	TH_LOG("%d changes of the cookie", changes);
	stop_reader(_metadata, reader);
	for (i = 0; i < 2; i++)
		kill_child(spinners[i]);
}

/* --- Interrupts --- */

#define RECEIVER	"/sys/class/net/lo/queues/rx-0/rps_cpus"
#define PACKETS		64	/* that one interrupt takes, at most */

/* Packets that CPU 0 has received, in a softirq or, with PREEMPT_RT, in a thread. */
static long received(void)
{
	char text[64];

	return read_line("/proc/net/softnet_stat", text, sizeof(text)) ? -1 : strtol(text, NULL, 16);
}

/* Packets to a socket that nobody reads from: CPU 0 takes and drops them, and nothing is woken there. */
static pid_t start_flood(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	socklen_t length = sizeof(to);
	int from, receiver, i;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	receiver = socket(AF_INET, SOCK_DGRAM, 0);
	from = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(from, SIOCSIFFLAGS, &loopback) || bind(receiver, (void *)&to, sizeof(to)) ||
	    getsockname(receiver, (void *)&to, &length) || pin_to_cpu(1)) {
		perror("# no flood of packets");
		_exit(OTHER);
	}
	for (;;) {
		sendto(from, "", 1, 0, (void *)&to, sizeof(to));
		for (i = 0; i < 2000; i++)
			__asm__ volatile("");
	}
}

static int on_cpu_0(void)
{
	return pin_to_cpu(0);
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_under_interrupts_by_another_cpu, 300)
{
	pid_t reader, flood;
	long before;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "there is one CPU");
	if (access(RECEIVER, W_OK) && mount("sysfs", "/sys", "sysfs", 0, NULL))
		SKIP(return, "packets cannot be steered to a CPU");
	ASSERT_EQ(0, write_file(RECEIVER, "1"));
	before = received();
	flood = start_flood();
	reader = start_reader(on_cpu_0);
	ASSERT_LT(0, reader);
	/* Keep away from the reader's CPU, so that nothing on another one wakes this process there. */
	ASSERT_EQ(0, pin_to_cpu(1));
	while (received() - before < PACKETS * EVENTS || reads_so_far() < wanted_reads()) {
		usleep(10000);
		ASSERT_EQ(0, waitpid(flood, NULL, WNOHANG));
	}
	TH_LOG("CPU 0 took %ld packets", received() - before);
	stop_reader(_metadata, reader);
	kill_child(flood);
}

/* --- Many threads --- */

#define THREADS		64

static void *read_in_thread(void *to)
{
	unsigned int reads = wanted_reads() / 16 + 100, i;
	struct cpu_tally *tally = to;

	becomes_fast();
	for (i = 0; i < reads; i++)
		read_once(tally, CLOCK_THREAD_CPUTIME_ID, i & 1);
	return NULL;
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_in_64_threads, 300)
{
	unsigned int reads = wanted_reads() / 16 + 100;
	struct cpu_tally tallies[THREADS] = { { .last = 0 } }, all = { .last = 0 };
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, read_in_thread, &tallies[i]));
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all.fast += tallies[i].fast;
		all.below += tallies[i].below;
		all.above += tallies[i].above;
		all.backwards += tallies[i].backwards;
		if (tallies[i].worst > all.worst)
			all.worst = tallies[i].worst;
	}
	expect_right(_metadata, &all, THREADS * reads);
}

/* --- Time namespaces --- */

/* No offset applies to CPU time. */
TEST_F_TIMEOUT(cpu_time, thread_time_is_right_in_a_time_namespace, 120)
{
	int64_t outside = kernel_ns(CLOCK_MONOTONIC);
	pid_t parent = fork(), reader;

	if (!parent) {
		if (unshare_time("monotonic 100000000 500000000\nboottime 200000000 999999999\n"))
			_exit(OTHER);
		reader = fork();
		if (reader)
			_exit(status_of(reader));
		/* Without an offset the test would show nothing. */
		if (kernel_ns(CLOCK_MONOTONIC) - outside < 100000000 * NS)
			_exit(OTHER);
		_exit(read_as_child((int)wanted_reads()));
	}
	EXPECT_EQ(OK, status_of(parent));
}

/* --- Suspend --- */

static unsigned int fast_so_far(void)
{
	return __atomic_load_n(&report->tally.fast, __ATOMIC_RELAXED);
}

/* The scheduler's clock may be another one afterwards. Readings are system calls until it has been measured. */
static void read_across(struct __test_metadata *_metadata, int (*suspend_machine)(void))
{
	pid_t reader = start_reader(NULL);
	unsigned int reads, fast;
	int ms;

	ASSERT_LT(0, reader);
	usleep(100000);
	ASSERT_EQ(0, suspend_machine());
	reads = reads_so_far();
	fast = fast_so_far();
	/* A clock that was lost often is measured again after 64 s. */
	for (ms = 0; ms < 70000; ms++) {
		if (fast_so_far() - fast >= 1000 && reads_so_far() - reads >= wanted_reads())
			break;
		usleep(1000);
	}
	TH_LOG("fast again within %d ms, state %u, lost %u times", ms, state(), time_page->task_clock.losses);
	EXPECT_LE(1000, fast_so_far() - fast);
	/* More than half of all have to be fast, also after the reads during which the reader is told to stop. */
	for (ms = 0; ms < 60000 && fast_so_far() < reads_so_far() / 2 + 1000; ms++)
		usleep(1000);
	stop_reader(_metadata, reader);
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_across_a_test_suspend, 200)
{
	map_shared();
	read_across(_metadata, suspend_pm_test);
}

static int suspend_a_while(void)
{
	return suspend_for(4);
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_across_suspend_to_memory, 200)
{
	if (!can_suspend())
		SKIP(return, "this machine cannot suspend to memory, or has no RTC to wake it");
	map_shared();
	read_across(_metadata, suspend_a_while);
}

TEST_HARNESS_MAIN
