// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_time [PROCESSES]: what reading the CPU-time clocks costs, by fastvdso, by the system call, and by the
 * page of a perf event; and what the pages cost the scheduler: a round trip through two pipes, which is two
 * switches on one CPU, while no process, another one, and both processes have such pages, and while
 * PROCESSES others have them too. Where the guest counts instructions, a nanosecond is one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fastvdso.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "measure.h"
#include "shapes.h"

#define TRIPS	4000
#define ROUNDS	7

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* --- Reading --- */

static const volatile struct perf_event_mmap_page *perf;

static int open_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	void *page;

	if (fd < 0)
		return -errno;
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	perf = page;
	return perf->cap_user_time ? 0 : -EOPNOTSUPP;
}

/* The time that the event, and so the thread, has run, as linux/perf_event.h says. */
static int64_t perf_now(int unused)
{
	uint64_t running, cycles, quotient, remainder, delta;
	uint32_t seq;

	(void)unused;
	do {
		seq = perf->lock;
		__asm__ volatile("" : : : "memory");
		running = perf->time_running;
		cycles = __rdtsc();
		quotient = cycles >> perf->time_shift;
		remainder = cycles & ((UINT64_C(1) << perf->time_shift) - 1);
		delta = perf->time_offset + quotient * perf->time_mult +
			(remainder * perf->time_mult >> perf->time_shift);
		__asm__ volatile("" : : : "memory");
	} while (perf->lock != seq);
	return (int64_t)(running + delta);
}

static int64_t rusage_now(int unused)
{
	struct rusage usage;

	(void)unused;
	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_utime.tv_usec;
}

static int cpu_times(void *to)
{
	return fastvdso_cpu_times(to);
}

static void measure_reads(void)
{
	static const struct bench_rounds plan = { .rounds = 51, .batches = 5, .batch_ns = 20000 };
	const int thread = CLOCK_THREAD_CPUTIME_ID, process = CLOCK_PROCESS_CPUTIME_ID;
	struct bench_contender ways[] = {
		{ .what = "thread, fastvdso_now_ns", .call = { bench_now, fastvdso_now_ns, thread } },
		{ .what = "thread, fastvdso_clock_gettime",
		  .call = { bench_gettime, fastvdso_clock_gettime, thread } },
		{ .what = "thread, system call", .call = { bench_gettime, bench_call_gettime, thread } },
		{ .what = "process, fastvdso_now_ns", .call = { bench_now, fastvdso_now_ns, process } },
		{ .what = "process, system call", .call = { bench_gettime, bench_call_gettime, process } },
		{ .what = "all, fastvdso_cpu_times", .call = { bench_fill, cpu_times, 0 } },
		{ .what = "thread, getrusage", .call = { bench_now, rusage_now, 0 } },
		{ .what = "thread, page of a perf event", .call = { bench_now, perf_now, 0 } },
	};
	size_t count = sizeof(ways) / sizeof(ways[0]), i;
	int64_t before = now(), between;
	int error = open_perf();

	/* The first one also attaches perf to the scheduler's switches. */
	between = now();
	error = error ?: open_perf();
	printf("opening a perf event and its page: %lld ns, another one: %lld ns%s%s\n",
	       (long long)(between - before), (long long)(now() - between), error ? ", failed: " : "",
	       error ? strerror(-error) : "");
	if (bench_throughput(ways, error ? count - 1 : count, &plan))
		exit(1);
	for (i = 0; i < count; i++)
		if (ways[i].ns > 0)
			printf("%-34s %10.1f ns\n", ways[i].what, ways[i].ns);
}

/* --- Switching --- */

/* Touch the pages, and so have the scheduler write them. */
static void arm(void)
{
	if (fastvdso_open())
		exit(1);
	fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID);
}

static pid_t start_armed(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(ready))
		exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		arm();
		if (write(ready[1], &byte, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		exit(1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/* Print the median of some rounds. In a process of its own, which is armed or not. */
static void round_trip(int armed)
{
	double took[ROUNDS];
	int to[2], from[2], status, round, trip;
	char byte = 0;
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, &status, 0);
		return;
	}
	if (armed)
		arm();
	if (pipe(to) || pipe(from))
		exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (armed)
			fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID);
		while (read(to[0], &byte, 1) == 1 && write(from[1], &byte, 1) == 1)
			;
		_exit(1);
	}
	for (round = -1; round < ROUNDS; round++) {
		int64_t start = now();

		for (trip = 0; trip < TRIPS; trip++)
			if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1)
				exit(1);
		if (round >= 0)
			took[round] = (double)(now() - start) / TRIPS;
	}
	kill(pid, SIGKILL);
	printf("%10.0f ns\n", bench_summarise(took, ROUNDS).median);
	fflush(stdout);
	_exit(0);
}

static void measure_trip(const char *what, int armed)
{
	printf("%-60s ", what);
	fflush(stdout);
	round_trip(armed);
}

int main(int argc, char **argv)
{
	int others = argc > 1 ? atoi(argv[1]) : 0, i;

	bench_pin(0);
	measure_trip("round trip, nobody has CPU-time pages", 0);
	start_armed();
	usleep(500000);
	measure_trip("round trip, another process has them", 0);
	measure_trip("round trip, both processes have them", 1);
	for (i = 1; i < others; i++)
		start_armed();
	if (others) {
		printf("with %d other processes that have them:\n", others);
		measure_trip("round trip, neither has them", 0);
		measure_trip("round trip, both have them", 1);
	}
	arm();
	usleep(500000);
	measure_reads();
	return 0;
}
