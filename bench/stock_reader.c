// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "stock_reader.h"

#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "cycles.h"
#include "made_page.h"
#include "shapes.h"

#define BASES	12	/* clock ids */

/* The kernel's struct vdso_data. Nanoseconds of fine clocks are shifted left. */
struct stock_data {
	uint32_t	seq;
	int32_t		clock_mode;
	uint64_t	cycle_last;
	uint64_t	max_cycles;
	uint64_t	mask;
	uint32_t	mult;
	uint32_t	shift;
	struct {
		uint64_t	sec;
		uint64_t	nsec;
	} base[BASES];
};

/* The pages of one clock, at constant addresses, as in the vDSO. */
struct stock_pages {
	union {
		struct stock_data	line[2];	/* one for the rate of NTP, one for MONOTONIC_RAW */
		char			data_page[4096];
	};
	union {
		struct fastvdso_pvclock	pvclock;
		struct fastvdso_hvclock	hvclock;
		char			hypervisor_page[4096];
	};
};

static struct stock_pages pvclock_pages __attribute__((__aligned__(4096)));
static struct stock_pages hvclock_pages __attribute__((__aligned__(4096)));

#define FINE	(1u << CLOCK_REALTIME | 1u << CLOCK_MONOTONIC | 1u << CLOCK_BOOTTIME | 1u << CLOCK_TAI)
#define COARSE	(1u << CLOCK_REALTIME_COARSE | 1u << CLOCK_MONOTONIC_COARSE)
#define RAW	(1u << CLOCK_MONOTONIC_RAW)

/* The kernel prefers RDTSCP if the CPU has it, without measuring. */
fastvdso_inline uint64_t ordered_tsc(int by_rdtscp)
{
	uint32_t low, high;

	if (by_rdtscp)
		__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "ecx", "memory");
	else
		__asm__ __volatile__("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Returns an invalid value, with the highest bit, if the page is not valid. */
fastvdso_inline uint64_t read_pvclock(const struct fastvdso_pvclock *page, int by_rdtscp)
{
	uint32_t version;
	uint64_t cycles, delta;

	do {
		version = fastvdso_load(page->version) & ~1u;
		fastvdso_arch_rmb();
		if (fastvdso_unlikely(!(page->flags & FASTVDSO_PVCLOCK_TSC_STABLE)))
			return ~0ull;
		delta = ordered_tsc(by_rdtscp) - page->tsc_timestamp;
		if (page->tsc_shift < 0)
			delta >>= -page->tsc_shift;
		else
			delta <<= page->tsc_shift;
		/* The kernel writes MUL and SHRD in assembler, which compilers generate for this as well. */
		cycles = page->system_time +
			 (uint64_t)((unsigned __int128)delta * page->tsc_to_system_mul >> 32);
		fastvdso_arch_rmb();
	} while (fastvdso_load(page->version) != version);
	return cycles & ~0ull >> 1;
}

fastvdso_inline uint64_t read_hvclock(const struct fastvdso_hvclock *page, int by_rdtscp)
{
	uint64_t scale, offset, tsc;
	uint32_t sequence;

	do {
		sequence = fastvdso_load(page->tsc_sequence);
		if (!sequence)
			return ~0ull;
		fastvdso_arch_rmb();
		scale = fastvdso_load(page->tsc_scale);
		offset = (uint64_t)fastvdso_load(page->tsc_offset);
		tsc = ordered_tsc(by_rdtscp);
		fastvdso_arch_rmb();
	} while (fastvdso_load(page->tsc_sequence) != sequence);
	return ((uint64_t)((unsigned __int128)tsc * scale >> 64) + offset) & ~0ull >> 1;
}

fastvdso_inline uint64_t read_cycles(const struct stock_pages *pages, int32_t mode, int by_rdtscp)
{
	if (fastvdso_likely(mode == FASTVDSO_CLOCK_COUNTER))
		return ordered_tsc(by_rdtscp) & ~0ull >> 1;
	if (mode == FASTVDSO_CLOCK_PVCLOCK)
		return read_pvclock(&pages->pvclock, by_rdtscp);
	if (mode == FASTVDSO_CLOCK_HVCLOCK)
		return read_hvclock(&pages->hvclock, by_rdtscp);
	return ~0ull;
}

fastvdso_inline int read_fine(const struct stock_pages *pages, const struct stock_data *line, int clock,
			      struct timespec *ts, int by_rdtscp)
{
	uint64_t cycles, delta, ns, sec;
	uint32_t seq;

	do {
		while (fastvdso_unlikely((seq = fastvdso_load(line->seq)) & 1))
			__builtin_ia32_pause();
		fastvdso_arch_rmb();
		cycles = read_cycles(pages, line->clock_mode, by_rdtscp);
		if (fastvdso_unlikely((int64_t)cycles < 0))
			return -1;
		delta = cycles - line->cycle_last;
		ns = line->base[clock].nsec;
		if (fastvdso_likely(delta <= line->max_cycles))
			ns = (delta * line->mult + ns) >> line->shift;
		else if (delta >> 63)
			ns >>= line->shift;
		else
			ns = fastvdso_mul_add_shift(delta, line->mult, ns, (uint8_t)line->shift);
		sec = line->base[clock].sec;
		fastvdso_arch_rmb();
	} while (fastvdso_unlikely(fastvdso_load(line->seq) != seq));
	while (ns >= FASTVDSO_NSEC_PER_SEC) {
		ns -= FASTVDSO_NSEC_PER_SEC;
		sec++;
		__asm__("" : "+r"(ns));
	}
	ts->tv_sec = (time_t)sec;
	ts->tv_nsec = (long)ns;
	return 0;
}

fastvdso_inline int stock_gettime(const struct stock_pages *pages, int clock, struct timespec *ts,
				  int by_rdtscp)
{
	const struct stock_data *line = pages->line;
	uint32_t mask;

	if (fastvdso_unlikely((uint32_t)clock >= 16))
		return (int)bench_call_gettime(clock, ts);
	mask = 1u << clock;
	if (fastvdso_unlikely(!(mask & FINE))) {
		/* The coarse clocks do not read the hypervisor's page: they are not compared. */
		if (!(mask & RAW))
			return (int)bench_call_gettime(clock, ts);
		line++;
	}
	return read_fine(pages, line, clock, ts, by_rdtscp) ? bench_call_gettime(clock, ts) : 0;
}

fastvdso_inline int stock_gettimeofday(const struct stock_pages *pages, struct timeval *tv, void *tz,
				       int by_rdtscp)
{
	struct timespec ts;

	if (fastvdso_likely(tv != NULL)) {
		if (read_fine(pages, pages->line, CLOCK_REALTIME, &ts, by_rdtscp))
			return bench_call_gettimeofday(tv, tz);
		tv->tv_sec = ts.tv_sec;
		tv->tv_usec = (uint32_t)ts.tv_nsec / 1000;
	}
	return tz ? bench_call_gettimeofday(NULL, tz) : 0;
}

#define FUNCTIONS(name, pages, by_rdtscp)							\
static __attribute__((__aligned__(64))) int name##_gettime(int clock, struct timespec *ts)	\
{												\
	return stock_gettime(&(pages), clock, ts, by_rdtscp);					\
}												\
												\
static __attribute__((__aligned__(64))) int name##_gettimeofday(struct timeval *tv, void *tz)	\
{												\
	return stock_gettimeofday(&(pages), tv, tz, by_rdtscp);					\
}

FUNCTIONS(pvclock_by_rdtscp, pvclock_pages, 1)
FUNCTIONS(pvclock_by_rdtsc, pvclock_pages, 0)
FUNCTIONS(hvclock_by_rdtscp, hvclock_pages, 1)
FUNCTIONS(hvclock_by_rdtsc, hvclock_pages, 0)

void stock_reader_add(struct contenders *to, __u8 mode)
{
	/* By clock mode, and whether the CPU has RDTSCP. */
	static const struct contenders_function functions[2][2][2] = {
		{ { { "clock_gettime", pvclock_by_rdtsc_gettime },
		    { "gettimeofday", pvclock_by_rdtsc_gettimeofday } },
		  { { "clock_gettime", pvclock_by_rdtscp_gettime },
		    { "gettimeofday", pvclock_by_rdtscp_gettimeofday } } },
		{ { { "clock_gettime", hvclock_by_rdtsc_gettime },
		    { "gettimeofday", hvclock_by_rdtsc_gettimeofday } },
		  { { "clock_gettime", hvclock_by_rdtscp_gettime },
		    { "gettimeofday", hvclock_by_rdtscp_gettimeofday } } },
	};

	contenders_add_functions(to, "stock algorithm",
				 functions[mode == FASTVDSO_CLOCK_HVCLOCK][cpu_has("rdtscp")], 2);
}

static void set_base(struct stock_data *line, int clock, __s64 sec, __u64 nsec)
{
	line->base[clock].sec = (uint64_t)sec;
	line->base[clock].nsec = nsec;
}

static void set_line(struct stock_data *line, const struct fastvdso_clock *clock,
		     const struct fastvdso_clocksource *cs)
{
	line->clock_mode = clock->clock_mode;
	line->cycle_last = clock->cycle_last;
	line->max_cycles = cs->max_cycles;
	line->mask = cs->mask;
	line->mult = clock->mult;
	line->shift = clock->shift;
}

void stock_reader_publish(__u8 mode, const struct fastvdso_update *update, const void *page)
{
	struct stock_pages *pages = mode == FASTVDSO_CLOCK_HVCLOCK ? &hvclock_pages : &pvclock_pages;
	const struct fastvdso_hres *hres = &update->hres;
	__u64 nsec = fastvdso_clock_nsec(&hres->clock);
	__u8 shift = hres->clock.shift;
	struct stock_data *line = pages->line;
	int i;

	memcpy(pages->hypervisor_page, page, sizeof(pages->hypervisor_page));
	for (i = 0; i < 2; i++)
		fastvdso_store(line[i].seq, line[i].seq + 1);
	fastvdso_arch_wmb();
	set_line(&line[0], &hres->clock, &update->clocksource);
	set_line(&line[1], &update->raw.clock, &update->clocksource);
	set_base(&line[0], CLOCK_REALTIME, hres->real_sec, nsec);
	set_base(&line[0], CLOCK_TAI, hres->real_sec + hres->tai_offset, nsec);
	set_base(&line[0], CLOCK_MONOTONIC, hres->mono_sec, nsec + ((__u64)hres->mono_nsec << shift));
	set_base(&line[0], CLOCK_BOOTTIME, hres->mono_sec + hres->boot_sec,
		 nsec + ((__u64)(hres->mono_nsec + hres->boot_nsec) << shift));
	set_base(&line[1], CLOCK_MONOTONIC_RAW, update->raw.raw_sec, fastvdso_clock_nsec(&update->raw.clock));
	fastvdso_arch_wmb();
	for (i = 0; i < 2; i++)
		fastvdso_store(line[i].seq, line[i].seq + 1);
}
