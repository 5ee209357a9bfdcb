/* SPDX-License-Identifier: GPL-2.0 */
/* Bracketed reads of the CPU-time clocks, and a fixture that has this process read them from its pages. */
#ifndef FASTVDSO_CPU_TIME_READS_H
#define FASTVDSO_CPU_TIME_READS_H

#include <fastvdso.h>
#include <stdlib.h>

#include "counter.h"
#include "cpu_time.h"
#include "kernel_ns.h"
#include "mapping.h"
#include "process.h"

#define READS		100000

/* What the children of the tests exit with. */
enum { OK, NOT_OPEN, NOT_FAST, WRONG, BACKWARDS, NOT_CHARGED, OTHER };

struct cpu_tally {
	unsigned int	fast;		/* of the attempts that the test makes itself */
	unsigned int	below, above, backwards;
	int64_t		worst, ahead;	/* how far behind the call before, and ahead of the one after */
	int64_t		last;
};

static const struct fastvdso_time_page *time_page;
static const struct fastvdso_cpu_time_pages *lines;

static inline int open_pages(void)
{
	struct fastvdso_status status;

	if (fastvdso_open() || fastvdso_status(&status, sizeof(status)))
		return -1;
	time_page = (const void *)((const char *)status.data + FASTVDSO_PAGE_TIME * PAGE);
	lines = (const void *)((const char *)status.data + FASTVDSO_PAGE_CPU_TIME * PAGE);
	return 0;
}

static inline uint32_t state(void)
{
	return __atomic_load_n(&time_page->task_clock.state, __ATOMIC_RELAXED);
}

static inline int64_t bound(void)
{
	return __atomic_load_n(&time_page->task_clock.bound_ns, __ATOMIC_RELAXED);
}

static inline int is_fast(void)
{
	struct fastvdso_cpu_time_reading now;

	return fastvdso_read_cpu_time(&time_page->task_clock, lines, &now);
}

/* Arm this process, and wait until this thread reads from the page. An interrupt may make the line invalid for now. */
static inline int becomes_fast(void)
{
	int ms;

	/* The clock is measured at once, and not again for a second if that failed. */
	for (ms = 0; ms < (state() == FASTVDSO_CPU_TIME_UNSTABLE ? 200 : 5000); ms++) {
		if (is_fast())
			return 1;
		if (state() == FASTVDSO_CPU_TIME_UNSUPPORTED)
			return 0;
		usleep(1000);
	}
	return 0;
}

static inline int64_t library_ns(clockid_t id, int by_gettime)
{
	struct timespec ts;

	if (!by_gettime)
		return fastvdso_now_ns(id);
	return fastvdso_clock_gettime(id, &ts) ? -1 : timespec_ns(ts);
}

static inline void read_once(struct cpu_tally *tally, clockid_t id, int by_gettime)
{
	int64_t before = kernel_ns(id), now, after, behind;

	tally->fast += is_fast();
	now = library_ns(id, by_gettime);
	after = kernel_ns(id);
	behind = before - now;
	tally->below += behind > bound();
	tally->above += now > after;
	tally->backwards += now < tally->last;
	if (behind > tally->worst)
		tally->worst = behind;
	if (now - after > tally->ahead)
		tally->ahead = now - after;
	tally->last = now;
}

static inline struct cpu_tally read_many(clockid_t id, int reads)
{
	struct cpu_tally tally = { .last = 0 };
	int i;

	for (i = 0; i < reads; i++)
		read_once(&tally, id, i & 1);
	return tally;
}

/* The exit status of a child that reads. Most of its reads have to be fast. */
static inline int judge_cpu_tally(const struct cpu_tally *tally, int reads)
{
	if (tally->below || tally->above)
		return WRONG;
	if (tally->backwards)
		return BACKWARDS;
	return tally->fast < (unsigned int)reads / 2 ? NOT_FAST : OK;
}

static inline int read_as_child(int reads)
{
	struct cpu_tally tally;

	if (!becomes_fast())
		return NOT_FAST;
	tally = read_many(CLOCK_THREAD_CPUTIME_ID, reads);
	return judge_cpu_tally(&tally, reads);
}

static inline int status_of(pid_t pid)
{
	int status = wait_for_child(pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

FIXTURE(cpu_time)
{
	int fd;
};

FIXTURE_SETUP(cpu_time)
{
	self->fd = open(FASTVDSO_DEVICE, O_RDONLY);
	ASSERT_EQ(0, open_pages());
	becomes_fast();
	if (state() == FASTVDSO_CPU_TIME_UNSUPPORTED || state() == FASTVDSO_CPU_TIME_UNSTABLE)
		SKIP(return, "the scheduler's clock does not follow the counter here");
	ASSERT_EQ(FASTVDSO_CPU_TIME_ACTIVE, state());
}

FIXTURE_TEARDOWN(cpu_time)
{
	fastvdso_close();
	close(self->fd);
}

/*
 * The kernel does not account what a thread runs between a wakeup by another CPU that preempts it and the
 * switch: see docs/cpu-time.md. So a reading may be ahead, by no more than this, and a later one below it.
 */
#define NOT_ACCOUNTED	(NS / 100)

static inline void expect_right_but_for_wakeups(struct __test_metadata *_metadata,
						const struct cpu_tally *tally, unsigned int reads)
{
	TH_LOG("%u of %u fast, %u behind by more than %lld ns (worst %lld), %u ahead (worst %lld), %u backwards",
	       tally->fast, reads, tally->below, (long long)bound(), (long long)tally->worst, tally->above,
	       (long long)tally->ahead, tally->backwards);
	EXPECT_EQ(0, tally->below);
	EXPECT_GT(NOT_ACCOUNTED, tally->ahead);
	EXPECT_LT(reads / 2, tally->fast);
}

static inline void expect_right(struct __test_metadata *_metadata, const struct cpu_tally *tally,
				unsigned int reads)
{
	expect_right_but_for_wakeups(_metadata, tally, reads);
	EXPECT_EQ(0, tally->above);
	EXPECT_EQ(0, tally->backwards);
}

/* Of thread time at rest; a tenth as many of process time. */
static inline int bracketed_reads(void)
{
	const char *wanted = getenv("BRACKETED_READS");

	return wanted ? atoi(wanted) : READS;
}

/* Of a scenario, which needs some time to happen. */
static inline int scenario_reads(int share)
{
	int reads = bracketed_reads();

	return (reads > READS ? reads : READS) / share;
}

#endif
