/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bracketed reads (system call <= fast read <= system call) of every clock, by a thread
 * on each CPU, while something changes the clock. judge.h has the rules.
 */
#ifndef FASTVDSO_BRACKET_H
#define FASTVDSO_BRACKET_H

#include <fastvdso.h>
#include <fcntl.h>
#include <linux/fastvdso.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "judge.h"
#include "kernel_ns.h"
#include "process.h"

/* Shared by the readers and the process that changes the clock. */
static struct shared {
	unsigned long	changes;	/* starts and ends: odd during a change */
	int		ready;		/* the first change has been made */
	unsigned long	jumps;		/* of the counters, announced so far */
	int		jumped_cpu;	/* only its counter jumped, and readings there may be wrong ... */
	int64_t		jumped_until;	/* ... until then, MONOTONIC_RAW; 0: no counter */
	int		stop;		/* tells readers to end */
	int64_t		nap_until;	/* readers sleep once until then, MONOTONIC */
} *shared;

static inline void map_shared(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static inline void change_begin(void)
{
	__atomic_add_fetch(&shared->changes, 1, __ATOMIC_SEQ_CST);
}

static inline void change_end(void)
{
	__atomic_add_fetch(&shared->changes, 1, __ATOMIC_SEQ_CST);
}

static inline struct fastvdso_status status_now(void)
{
	struct fastvdso_status status;

	fastvdso_status(&status, sizeof(status));
	return status;
}

/* Returns the milliseconds it took, or -1 after `seconds`. */
static inline int wait_for_mode(uint32_t mode, int seconds)
{
	int ms;

	for (ms = 0; status_now().mode != mode; ms++) {
		if (ms == seconds * 1000)
			return -1;
		usleep(1000);
	}
	return ms;
}

/* How a clock is read between two system calls. libc calls the kernel's own vDSO. */
enum way { NOW_NS = 0, GETTIME = 1, STOCK };

/*
 * Read a clock. *bound is how far it may be from the kernel's clock, 0 unless steered. For
 * fastvdso_clock_gettime() it is the larger bound of the reads before and after.
 */
static int64_t fast_ns(clockid_t id, enum way way, int64_t *bound)
{
	uint64_t before, after;
	struct timespec ts;
	int64_t fast;

	*bound = 0;
	if (way == STOCK) {
		clock_gettime(id, &ts);
		return timespec_ns(ts);
	}
	fast = fastvdso_now_ns_bound(id, &before);
	*bound = (int64_t)before;
	if (way == NOW_NS)
		return fast;
	fastvdso_clock_gettime(id, &ts);
	fastvdso_now_ns_bound(id, &after);
	if (after > before)
		*bound = (int64_t)after;
	return timespec_ns(ts);
}

struct reader {
	pthread_t	thread;
	int		cpu;
	unsigned long	reads;		/* of each clock, then end; 0: until told to stop */
	int64_t		napped_until;
	int64_t		page_age;	/* after the first reads since the nap */
	struct tally	tally;
	struct tally	stock;		/* of the kernel's own vDSO */
	enum outcome	stock_before;	/* the last of these */
	unsigned long	jumps;		/* seen, that is, some reading was wrong */
	uint32_t	jump_end;	/* count of the steered page until when readings may be wrong */
	int64_t		wrong_at;	/* the last one because only this CPU's counter jumped, MONOTONIC_RAW */
};

/* NULL if there is none. */
static const struct fastvdso_time_page *steered_page;

static void map_steered_page(void)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY);
	long page = sysconf(_SC_PAGESIZE);
	void *mapped = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, fd,
			    (off_t)FASTVDSO_OFFSET_DATA + FASTVDSO_PAGE_STEERED * page);

	steered_page = mapped == MAP_FAILED ? NULL : mapped;
	close(fd);
}

static void unmap_steered_page(void)
{
	if (steered_page)
		munmap((void *)steered_page, (size_t)sysconf(_SC_PAGESIZE));
	steered_page = NULL;
}

/* The sequence count of the steered page: two for each update. */
static uint32_t steered_count(void)
{
	return steered_page ? __atomic_load_n(&steered_page->hres[0].clock.seq, __ATOMIC_SEQ_CST) : 0;
}

/* May a reading that began when the steered page had the count be wrong, because the counters jumped? */
static int is_jump(struct reader *reader, uint32_t count)
{
	if (reader->jumps && (int32_t)(count - reader->jump_end) <= 0)
		return 1;
	if (reader->jumps >= __atomic_load_n(&shared->jumps, __ATOMIC_SEQ_CST))
		return 0;
	reader->jumps++;
	reader->jump_end = (steered_count() & ~1u) + 2;
	return 1;
}

/* May a reading that began at a time be wrong, because only this CPU's counter jumped? */
static int is_jump_of_cpu(struct reader *reader, int64_t raw)
{
	if (raw >= __atomic_load_n(&shared->jumped_until, __ATOMIC_SEQ_CST) ||
	    shared->jumped_cpu != reader->cpu)
		return 0;
	reader->wrong_at = raw;
	return 1;
}

/* Is the kernel's own vDSO read and judged as well? It is if it reads a hypervisor's page. */
static int reads_stock(void)
{
	const char *mode = getenv("FASTVDSO_CLOCK_MODE");

	return mode && (!strcmp(mode, "pvclock") || !strcmp(mode, "hvclock"));
}

static enum outcome read_bracketed(struct reader *reader, size_t clock, enum way way)
{
	struct tally *tally = way == STOCK ? &reader->stock : &reader->tally;
	clockid_t id = clocks[clock].id;
	unsigned long changes = __atomic_load_n(&shared->changes, __ATOMIC_SEQ_CST);
	int64_t raw = kernel_ns(CLOCK_MONOTONIC_RAW);
	uint32_t updates = steered_count();
	enum outcome outcome;
	struct reading r;

	r.took = -kernel_ns(CLOCK_MONOTONIC);
	r.before = kernel_ns(id);
	r.fast = fast_ns(id, way, &r.bound);
	r.after = kernel_ns(id);
	r.took += kernel_ns(CLOCK_MONOTONIC);
	r.crossed = __atomic_load_n(&shared->changes, __ATOMIC_SEQ_CST) - changes + (changes & 1);
	tally->count[clock][STEERED] += r.bound > 0;
	outcome = judge(clock, &r);
	if (outcome == VIOLATION && r.bound && (is_jump(reader, updates) || is_jump_of_cpu(reader, raw)))
		outcome = JUMPED;
	count(tally, clock, &r, outcome);
	return outcome;
}

/*
 * The system call reads the hypervisor's page of its CPU, and both vDSOs read that of CPU 0. When its host's clock
 * stops being stable, KVM writes the pages one after another, and for a moment they differ.
 */
static void read_with_stock(struct reader *reader, size_t clock, enum way way)
{
	enum outcome own = read_bracketed(reader, clock, way);
	enum outcome kernels = read_bracketed(reader, clock, STOCK);

	if (own == VIOLATION && (kernels == VIOLATION || reader->stock_before == VIOLATION)) {
		reader->tally.count[clock][VIOLATION]--;
		reader->tally.count[clock][SHARED]++;
	}
	reader->stock_before = kernels;
}

/* To be called again after the reader's CPU was offline. */
static inline int pin_reader(struct reader *reader)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)reader->cpu, &set);
	return -pthread_setaffinity_np(reader->thread, sizeof(set), &set);
}

static int has_enough(const struct reader *reader, size_t clock)
{
	const unsigned long *count = reader->tally.count[clock];

	return reader->reads && count[STRICT] + count[CROSSING] + count[VIOLATION] >= reader->reads;
}

static int nap(struct reader *reader)
{
	int64_t until = __atomic_load_n(&shared->nap_until, __ATOMIC_RELAXED);
	struct timespec ts = { until / NS, until % NS };

	if (until == reader->napped_until)
		return 0;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	reader->napped_until = until;
	return 1;
}

/* Read the clocks in turn, because a change can come at any moment. */
static void *read_clocks(void *argument)
{
	struct reader *reader = argument;
	int stock = reads_stock(), more = 1, napped;
	enum way way = NOW_NS;
	size_t clock;

	for (; more && !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); way = !way) {
		more = 0;
		napped = nap(reader);
		for (clock = 0; clock < CLOCKS; clock++) {
			if (has_enough(reader, clock))
				continue;
			more = 1;
			if (stock)
				read_with_stock(reader, clock, way);
			else
				read_bracketed(reader, clock, way);
		}
		if (napped)
			reader->page_age = status_now().update_age_ns;
	}
	return NULL;
}

/* Start a reader on each CPU. */
static inline struct reader *start_readers(unsigned long reads, long *cpus)
{
	struct reader *readers;
	long i;

	map_steered_page();
	*cpus = sysconf(_SC_NPROCESSORS_ONLN);
	readers = calloc((size_t)*cpus, sizeof(*readers));
	for (i = 0; i < *cpus; i++) {
		readers[i].cpu = (int)i;
		readers[i].reads = reads;
		if (pthread_create(&readers[i].thread, NULL, read_clocks, &readers[i]) ||
		    pin_reader(&readers[i]))
			return NULL;
	}
	return readers;
}

/* Print what readers of the kernel's own vDSO saw. */
static inline void print_stock(const struct reader *readers, long cpus, const char *what)
{
	unsigned long reads = 0, violations = 0;
	size_t clock;
	long i;

	for (i = 0; i < cpus; i++) {
		for (clock = 0; clock < CLOCKS; clock++) {
			const unsigned long *count = readers[i].stock.count[clock];

			reads += count[STRICT] + count[CROSSING] + count[VIOLATION];
			violations += count[VIOLATION];
		}
		if (*readers[i].stock.first)
			printf("# %s: the kernel's vDSO, first on CPU %ld: %s\n", what, i,
			       readers[i].stock.first);
	}
	printf("# %s: the kernel's vDSO: %lu reads, %lu violations\n", what, reads, violations);
}

/* Add up what all readers have counted so far. */
static inline unsigned long sum_up(const struct reader *readers, long cpus, size_t clock,
				   enum outcome outcome)
{
	unsigned long sum = 0;
	long i;

	for (i = 0; i < cpus; i++)
		sum += __atomic_load_n(&readers[i].tally.count[clock][outcome], __ATOMIC_RELAXED);
	return sum;
}

/* Wait for the readers, print their tallies and return the number of violations. */
static inline unsigned long join_readers(struct reader *readers, long cpus, const char *what)
{
	unsigned long violations = 0;
	size_t clock;
	long i;

	for (i = 0; i < cpus; i++)
		pthread_join(readers[i].thread, NULL);
	for (clock = 0; clock < CLOCKS; clock++) {
		unsigned long sum[OUTCOMES];

		for (i = 0; i < OUTCOMES; i++)
			sum[i] = sum_up(readers, cpus, clock, (enum outcome)i);
		printf("# %s: %-16s %8lu reads, %8lu across a change, %8lu steered, %5lu not judged, %5lu coarse steps, %5lu by a jump, %lu as the kernel's vDSO, %lu violations\n",
		       what, clocks[clock].name, sum[STRICT], sum[CROSSING], sum[STEERED], sum[UNJUDGED],
		       sum[STEPPED], sum[JUMPED], sum[SHARED], sum[VIOLATION]);
		violations += sum[VIOLATION];
	}
	for (i = 0; i < cpus; i++)
		if (*readers[i].tally.first)
			printf("# %s: first on CPU %ld: %s\n", what, i, readers[i].tally.first);
	if (reads_stock())
		print_stock(readers, cpus, what);
	fflush(stdout);
	unmap_steered_page();
	free(readers);
	return violations;
}

#endif
