// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-time clocks from the pages: between two system calls, never backwards, in every scheduling class,
 * under migration and CPU hotplug, and each process with pages of its own.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cpu_time_reads.h"
#include "fast_reads.h"
#include "pagemap.h"
#include "unprivileged.h"

#define CPU1_ONLINE	"/sys/devices/system/cpu/cpu1/online"

/*
 * The bound is how long the kernel takes to read its scheduler's clock, at best. Seen with emulated CPUs: 84
 * to 95 ns, and 125 ns with KCSAN. A slower emulator takes longer.
 */
#define BOUND_MAX	400

TEST_F_TIMEOUT(cpu_time, thread_time_lies_between_two_system_calls, 600)
{
	int reads = bracketed_reads();
	struct cpu_tally tally = read_many(CLOCK_THREAD_CPUTIME_ID, reads);

	expect_right(_metadata, &tally, reads);
	EXPECT_GE(BOUND_MAX, bound());
}

/* --- With other threads --- */

static int stop;

static void *wake_often(void *unused)
{
	struct timespec pause = { 0, 50000 };

	prctl(PR_SET_TIMERSLACK, 1);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return NULL;
}

static void *read_thread_time(void *tally)
{
	becomes_fast();
	*(struct cpu_tally *)tally = read_many(CLOCK_THREAD_CPUTIME_ID, scenario_reads(10));
	return NULL;
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_while_threads_wake_often, 120)
{
	pthread_t wakers[3], readers[3];
	struct cpu_tally tallies[3], own;
	int i;

	stop = 0;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_create(&wakers[i], NULL, wake_often, NULL));
		ASSERT_EQ(0, pthread_create(&readers[i], NULL, read_thread_time, &tallies[i]));
	}
	own = read_many(CLOCK_THREAD_CPUTIME_ID, scenario_reads(10));
	for (i = 0; i < 3; i++)
		pthread_join(readers[i], NULL);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 3; i++)
		pthread_join(wakers[i], NULL);
	expect_right(_metadata, &own, scenario_reads(10));
	for (i = 0; i < 3; i++)
		expect_right(_metadata, &tallies[i], scenario_reads(10));
}

/* For 20 ms of its own CPU time, however much of a CPU it gets. */
static void *spin(void *unused)
{
	while (kernel_ns(CLOCK_THREAD_CPUTIME_ID) < NS / 50)
		;
	return NULL;
}

TEST_F_TIMEOUT(cpu_time, process_time_lies_between_two_system_calls, 120)
{
	int reads = bracketed_reads() / 10;
	struct cpu_tally tally = read_many(CLOCK_PROCESS_CPUTIME_ID, reads);

	EXPECT_EQ(1, lines->single_threaded);
	expect_right(_metadata, &tally, reads);
}

/* The time of other threads counts, also after they have ended. */
TEST_F_TIMEOUT(cpu_time, process_time_is_right_with_threads, 60)
{
	int64_t before = fastvdso_now_ns(CLOCK_PROCESS_CPUTIME_ID);
	int64_t thread = fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID);
	struct cpu_tally tally = { .last = before };
	pthread_t other;
	int i;

	ASSERT_EQ(0, pthread_create(&other, NULL, spin, NULL));
	for (i = 0; i < 1000; i++)
		read_once(&tally, CLOCK_PROCESS_CPUTIME_ID, i & 1);
	pthread_join(other, NULL);
	for (i = 0; i < 1000; i++)
		read_once(&tally, CLOCK_PROCESS_CPUTIME_ID, i & 1);
	EXPECT_EQ(0, lines->single_threaded);
	EXPECT_EQ(0, tally.below + tally.above + tally.backwards);
	EXPECT_LE(fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID) - thread + NS / 100,
		  fastvdso_now_ns(CLOCK_PROCESS_CPUTIME_ID) - before);
}

/* --- Scheduling --- */

/* A child moves the test from CPU to CPU. */
static pid_t start_mover(void)
{
	pid_t parent = getpid(), pid = fork();
	cpu_set_t set;
	unsigned int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0;; i++) {
		CPU_ZERO(&set);
		CPU_SET(i & 1, &set);
		sched_setaffinity(parent, sizeof(set), &set);
		usleep(100);
	}
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_under_forced_migration, 120)
{
	pid_t mover = start_mover();
	int reads = scenario_reads(4);
	struct cpu_tally tally = read_many(CLOCK_THREAD_CPUTIME_ID, reads);

	kill_child(mover);
	/* The mover wakes a thread of the kernel that preempts this one. */
	expect_right_but_for_wakeups(_metadata, &tally, reads);
	/* Seen once in 30 million. */
	EXPECT_GE(1 + reads / 100000, (int)tally.above);
	EXPECT_GE(1 + reads / 100000, (int)tally.backwards);
}

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_class(uint32_t policy)
{
	struct attributes attributes = { .size = sizeof(attributes), .policy = policy };

	if (policy == SCHED_FIFO || policy == SCHED_RR)
		attributes.priority = 1;
	if (policy == 6) {	/* SCHED_DEADLINE */
		attributes.runtime = 20000000;
		attributes.deadline = attributes.period = 50000000;
	}
	return syscall(SYS_sched_setattr, 0, &attributes, 0) ? -errno : 0;
}

/* From class to class, so that the class also changes while the thread runs. */
TEST_F_TIMEOUT(cpu_time, thread_time_is_right_in_every_scheduling_class, 240)
{
	static const uint32_t policies[] = { SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, 6, SCHED_OTHER };
	struct cpu_tally tally = { .last = 0 };
	int reads = scenario_reads(10), n;
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		ASSERT_EQ(0, set_class(policies[i])) TH_LOG("policy %u", policies[i]);
		tally.fast = 0;
		for (n = 0; n < reads; n++)
			read_once(&tally, CLOCK_THREAD_CPUTIME_ID, n & 1);
		TH_LOG("policy %u:", policies[i]);
		expect_right(_metadata, &tally, reads);
	}
}

/* A thread of CPU 0 that preempts all others each time that one on CPU 1 wakes it, 20,000 times a second. */
static pid_t start_remote_waker(void)
{
	static const struct sched_param lowest = { .sched_priority = 1 };
	struct timespec pause = { 0, 50000 };
	pid_t pid = fork(), woken;
	int event[2];
	char byte = 0;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setscheduler(0, SCHED_FIFO, &lowest);
	if (pipe(event))
		_exit(OTHER);
	woken = fork();
	if (!woken) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin_to_cpu(0);
		while (read(event[0], &byte, 1) == 1)
			;
		_exit(OTHER);
	}
	pin_to_cpu(1);
	while (write(event[1], &byte, 1) == 1)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	_exit(OTHER);
}

TEST_F_TIMEOUT(cpu_time, wakeups_by_another_cpu_take_back_little, 120)
{
	struct cpu_tally tally;
	pid_t waker;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "there is one CPU");
	pin_to_cpu(0);
	waker = start_remote_waker();
	tally = read_many(CLOCK_THREAD_CPUTIME_ID, READS / 10);
	EXPECT_EQ(0, waitpid(waker, NULL, WNOHANG));
	kill_child(waker);
	expect_right_but_for_wakeups(_metadata, &tally, READS / 10);
}

TEST_F_TIMEOUT(cpu_time, thread_time_is_right_under_cpu_hotplug, 120)
{
	struct cpu_tally tally = { .last = 0 };
	int reads = scenario_reads(20), i, n, offline = 1;

	if (access(CPU1_ONLINE, W_OK))
		SKIP(return, "CPU 1 cannot go offline");
	for (i = 0; i < 6; i++, offline = !offline) {
		ASSERT_EQ(0, write_file(CPU1_ONLINE, offline ? "0" : "1"));
		if (!offline)
			pin_to_cpu(1);
		for (n = 0; n < reads; n++)
			read_once(&tally, CLOCK_THREAD_CPUTIME_ID, n & 1);
	}
	expect_right(_metadata, &tally, 6 * reads);
}

static uint64_t switches_of_kernel(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
}

TEST_F_TIMEOUT(cpu_time, all_cpu_times_are_of_one_instant, 60)
{
	unsigned int i, wrong = 0, exact = 0;

	for (i = 0; i < READS / 10; i++) {
		int64_t thread = kernel_ns(CLOCK_THREAD_CPUTIME_ID), mono = kernel_ns(CLOCK_MONOTONIC);
		uint64_t switches = switches_of_kernel();
		struct fastvdso_cpu_times now;

		ASSERT_EQ(0, fastvdso_cpu_times(&now));
		exact += now.bound == (uint64_t)bound();
		wrong += !is_within(thread, now.thread, kernel_ns(CLOCK_THREAD_CPUTIME_ID), now.bound);
		wrong += !is_within(mono, now.monotonic, kernel_ns(CLOCK_MONOTONIC), now.bound);
		wrong += now.switches < switches || now.switches > switches_of_kernel();
		wrong += now.bound == (uint64_t)bound() && now.process != now.thread;
		wrong += now.cpu > 1;
	}
	EXPECT_EQ(0, wrong);
	if (time_page->hres[0].clock.clock_mode == FASTVDSO_CLOCK_COUNTER)
		EXPECT_LT(i / 2, exact);
}

TEST_F(cpu_time, the_resolution_is_the_kernels)
{
	struct timespec fast = { 1, 0 }, kernel = { 2, 0 };

	EXPECT_EQ(0, fastvdso_clock_getres(CLOCK_THREAD_CPUTIME_ID, &fast));
	EXPECT_EQ(0, syscall(SYS_clock_getres, CLOCK_THREAD_CPUTIME_ID, &kernel));
	EXPECT_EQ(timespec_ns(kernel), timespec_ns(fast));
	EXPECT_EQ(0, fastvdso_clock_getres(CLOCK_PROCESS_CPUTIME_ID, NULL));
}

/* --- Processes --- */

/* The frame of the first CPU-time page, as this process sees it. */
static uint64_t own_frame(void)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	uint64_t number = frame(pagemap, lines);

	close(pagemap);
	return number;
}

TEST_F_TIMEOUT(cpu_time, a_child_has_pages_of_its_own, 60)
{
	static uint64_t *frames;
	uint64_t parents = own_frame();
	pid_t pid;

	frames = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(0, parents);
	pid = fork();
	if (!pid) {
		frames[0] = own_frame();	/* 0: not inherited */
		if (!becomes_fast())
			_exit(NOT_FAST);
		frames[1] = own_frame();
		if (lines->magic != FASTVDSO_CPU_TIME_MAGIC)
			_exit(OTHER);
		/* It begins at 0, whatever the parent used. */
		if (fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID) > kernel_ns(CLOCK_THREAD_CPUTIME_ID))
			_exit(WRONG);
		_exit(read_as_child(READS / 20));
	}
	EXPECT_EQ(OK, status_of(pid));
	EXPECT_EQ(0, frames[0]);
	EXPECT_NE(0, frames[1]);
	EXPECT_NE(parents, frames[1]);
	EXPECT_EQ(parents, own_frame());
	EXPECT_TRUE(becomes_fast());
}

static int in_same_memory(void *unused)
{
	struct cpu_tally tally;

	becomes_fast();
	tally = read_many(CLOCK_PROCESS_CPUTIME_ID, READS / 20);
	_exit(tally.below || tally.above || tally.backwards ? WRONG : OK);
}

/* Two processes that share their memory, and so the pages. */
TEST_F_TIMEOUT(cpu_time, processes_with_one_memory_read_their_own_time, 60)
{
	static char stack[1 << 16] __attribute__((__aligned__(16)));
	pid_t pid = clone(in_same_memory, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	struct cpu_tally tally = read_many(CLOCK_PROCESS_CPUTIME_ID, READS / 20);

	EXPECT_EQ(OK, status_of(pid));
	EXPECT_EQ(0, tally.below + tally.above + tally.backwards);
}

TEST_F_TIMEOUT(cpu_time, a_program_after_exec_reads_its_own_time, 60)
{
	pid_t pid = fork();

	if (!pid) {
		becomes_fast();
		execl("/proc/self/exe", "cpu_time_test", "--read", NULL);
		_exit(OTHER);
	}
	EXPECT_EQ(OK, status_of(pid));
}

/* Only the first mappings of a process have lines. The others are told, and none of them faults. */
TEST_F(cpu_time, too_many_mappings_read_as_not_provided)
{
	const struct fastvdso_cpu_time_pages *mapped[8];
	int i, provided = 1;

	for (i = 0; i < 8; i++) {
		mapped[i] = map_at(self->fd, FASTVDSO_CPU_TIME_PAGES * PAGE, PROT_READ, MAP_SHARED,
				   DATA_AT + FASTVDSO_PAGE_CPU_TIME * PAGE);
		ASSERT_NE(MAP_FAILED, mapped[i]);
		provided += mapped[i]->magic == FASTVDSO_CPU_TIME_MAGIC;
		EXPECT_EQ(0, mapped[i]->line[FASTVDSO_CPU_TIME_CPUS - 1].seq);
	}
	EXPECT_EQ(4, provided);
	for (i = 0; i < 8; i++)
		munmap((void *)mapped[i], FASTVDSO_CPU_TIME_PAGES * PAGE);
	EXPECT_TRUE(becomes_fast());
	EXPECT_EQ(FASTVDSO_CPU_TIME_MAGIC, lines->magic);
}

/* The pages go with the last mapping, and come back with the next. */
TEST_F_TIMEOUT(cpu_time, pages_can_be_unmapped_and_mapped_again, 60)
{
	struct cpu_tally tally;
	int i;

	for (i = 0; i < 50; i++) {
		fastvdso_close();
		EXPECT_LE(0, fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID));
		ASSERT_EQ(0, open_pages());
		EXPECT_LE(0, fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID));
	}
	ASSERT_TRUE(becomes_fast());
	tally = read_many(CLOCK_THREAD_CPUTIME_ID, READS / 20);
	expect_right(_metadata, &tally, READS / 20);
}

/* Threads read while another maps and unmaps: some reads are system calls, and all are right. */
static void *map_and_unmap(void *fd)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		volatile struct fastvdso_cpu_time_pages *pages =
			map_at(*(int *)fd, FASTVDSO_CPU_TIME_PAGES * PAGE, PROT_READ, MAP_SHARED,
			       DATA_AT + FASTVDSO_PAGE_CPU_TIME * PAGE);

		pages->magic;
		munmap((void *)pages, FASTVDSO_CPU_TIME_PAGES * PAGE);
	}
	return NULL;
}

TEST_F_TIMEOUT(cpu_time, other_mappings_come_and_go, 60)
{
	struct cpu_tally tally;
	pthread_t other;

	stop = 0;
	ASSERT_EQ(0, pthread_create(&other, NULL, map_and_unmap, &self->fd));
	tally = read_many(CLOCK_THREAD_CPUTIME_ID, READS / 10);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(other, NULL);
	expect_right(_metadata, &tally, READS / 10);
}

#define CHILDREN	300

/* Children that map the pages, and touch them if @touch; by how much charged memory grows. */
static long charge_of_children(int touch)
{
	int ready[2], go[2], i;
	long before, during;
	char byte = 0;

	if (pipe(ready) || pipe(go))
		return -1;
	/* Let RCU and other late work give back what earlier children had. */
	usleep(500000);
	before = charged_memory();
	for (i = 0; i < CHILDREN; i++) {
		if (!fork()) {
			close(go[1]);
			if (touch)
				is_fast();
			byte = touch && lines->magic != FASTVDSO_CPU_TIME_MAGIC;
			if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 0)
				_exit(OTHER);
			_exit(OK);
		}
	}
	for (i = 0; i < CHILDREN; i++)
		if (read(ready[0], &byte, 1) != 1 || byte)
			return -1;
	during = charged_memory();
	close(go[1]);
	for (i = 0; i < CHILDREN; i++)
		if (status_of(-1) != OK)
			return -1;
	close(go[0]);
	close(ready[0]);
	close(ready[1]);
	return during - before;
}

static int check_charges(void)
{
	long without, with, before, after;

	if (enter_memory_cgroup(NULL) || become_nobody() || pin_to_cpu(0) || open_pages())
		return NOT_OPEN;
	charge_of_children(1);	/* fill the kernel's caches */
	before = charged_memory();
	without = charge_of_children(0);
	with = charge_of_children(1);
	usleep(500000);		/* RCU, and charges per CPU */
	after = charged_memory();
	printf("# charged %ld bytes without, %ld with, for %d children; %ld before, %ld after\n", without,
	       with, CHILDREN, before, after);
	if (without < 0 || with < 0)
		return OTHER;
	if (with - without < (CHILDREN - 2 * CHARGE_BATCH) * PAGE)
		return NOT_CHARGED;
	return after - before < CHILDREN * PAGE / 2 ? OK : WRONG;
}

TEST_F_TIMEOUT(cpu_time, pages_are_charged_to_the_user_and_given_back, 120)
{
	pid_t pid;

	fflush(stdout);
	fastvdso_close();
	pid = fork();
	if (!pid) {
		int ret = check_charges();

		fflush(stdout);
		_exit(ret);
	}
	EXPECT_EQ(OK, status_of(pid));
	ASSERT_EQ(0, open_pages());
}

static int read_as_nobody(void)
{
	int64_t before, now;
	int i;

	if (enter_memory_cgroup(NULL) || become_nobody() || open_pages())
		return NOT_OPEN;
	for (i = 0; i < 100; i++) {
		before = kernel_ns(CLOCK_THREAD_CPUTIME_ID);
		now = fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID);
		if (now + bound() < before || now > kernel_ns(CLOCK_THREAD_CPUTIME_ID))
			return WRONG;
	}
	return OK;
}

TEST_F(cpu_time, an_unprivileged_process_reads_the_clocks)
{
	pid_t pid;

	fastvdso_close();
	pid = fork();
	if (!pid)
		_exit(read_as_nobody());
	EXPECT_EQ(OK, status_of(pid));
	ASSERT_EQ(0, open_pages());
}

/* Also where the scheduler's clock does not follow the counter: then they are system calls. */
TEST(cpu_times_are_right_in_any_state)
{
	struct cpu_tally tally;

	ASSERT_EQ(0, open_pages());
	becomes_fast();
	tally = read_many(CLOCK_THREAD_CPUTIME_ID, READS / 10);
	TH_LOG("state %u, %u of %u fast", state(), tally.fast, READS / 10);
	EXPECT_EQ(0, tally.below + tally.above + tally.backwards);
	fastvdso_close();
}

/* --- The administrator --- */

TEST(cpu_time_off_makes_system_calls)
{
	ASSERT_EQ(0, system("rmmod fastvdso && insmod /lib/modules/fastvdso.ko cpu_time=off"));
	ASSERT_EQ(0, open_pages());
	EXPECT_EQ(FASTVDSO_CPU_TIME_FORBIDDEN, state());
	EXPECT_FALSE(is_fast());
	EXPECT_EQ(0, lines->magic);
	EXPECT_TRUE(is_clock_right(CLOCK_THREAD_CPUTIME_ID));
	EXPECT_EQ(0, system("fastvdso status | grep '^CPU time *disabled by the administrator'"));
	EXPECT_EQ(0, system("fastvdso doctor | grep '^disabled by the administrator'"));
	fastvdso_close();
	EXPECT_EQ(0, system("rmmod fastvdso && insmod /lib/modules/fastvdso.ko"));
}

static void __attribute__((__constructor__)) read_after_exec(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--read"))
		return;
	_exit(open_pages() ? NOT_OPEN : read_as_child(READS / 20));
}

TEST_HARNESS_MAIN
