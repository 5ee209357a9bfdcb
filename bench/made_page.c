// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "made_page.h"

#include <errno.h>
#include <pthread.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "counter_select.h"
#include "counter.h"
#include "hypervisor.h"
#include "image.h"
#include "measure.h"
#include "read_line.h"
#include "reader.h"
#include "stock_reader.h"
#include "timespec.h"
#include "update.h"

#define IMAGE		"build/blob/fastvdso.so"
#define PAGE		4096
#define CODE_PAGES	16
#define SHIFT		24

/* The pages of the hypervisors, of which each image gets a copy. */
static char pvclock_page[PAGE] __attribute__((__aligned__(PAGE)));
static char hvclock_page[PAGE] __attribute__((__aligned__(PAGE)));

static __u64 read_pvclock(void)
{
	return fastvdso_counter_value(fastvdso_pvclock_nsec((const void *)pvclock_page,
							    fastvdso_arch_counter_halves()));
}

static __u64 read_hvclock(void)
{
	return fastvdso_counter_value(fastvdso_hvclock_time((const void *)hvclock_page,
							    fastvdso_arch_counter_halves()));
}

/* A clock: how to read its counter, and the state of its time pages. */
static struct clock {
	__u8			mode;
	__u64			(*read)(void);
	const char		*hypervisor_page;
	double			ns_per_cycle;
	struct fastvdso_update	state;
} clocks[] = {
	{ .mode = FASTVDSO_CLOCK_COUNTER, .read = fastvdso_arch_counter },
	{ .mode = FASTVDSO_CLOCK_PVCLOCK, .read = read_pvclock, .hypervisor_page = pvclock_page,
	  .ns_per_cycle = 1 },
	{ .mode = FASTVDSO_CLOCK_HVCLOCK, .read = read_hvclock, .hypervisor_page = hvclock_page,
	  .ns_per_cycle = 100 },
};

#define CLOCKS	(sizeof(clocks) / sizeof(clocks[0]))

static const struct {
	const char	*counter;
	struct clock	*clock;
	int		by_rdtscp;	/* otherwise lfence and rdtsc */
} variants[MADE_VARIANTS] = {
	[MADE_RDTSCP] = { "rdtscp", &clocks[0], 1 },
	[MADE_LFENCE_RDTSC] = { "lfence; rdtsc", &clocks[0], 0 },
	[MADE_PVCLOCK_RDTSCP] = { "rdtscp", &clocks[1], 1 },
	[MADE_PVCLOCK_LFENCE_RDTSC] = { "lfence; rdtsc", &clocks[1], 0 },
	[MADE_HVCLOCK_RDTSCP] = { "rdtscp", &clocks[2], 1 },
	[MADE_HVCLOCK_LFENCE_RDTSC] = { "lfence; rdtsc", &clocks[2], 0 },
};

static struct fastvdso_time_page *pages[MADE_VARIANTS];

static pthread_t writer;
static int writer_cpu, writer_hz;
static long updates;
static int stopping;

static void patch(void *code, __u32 kind, const __u8 *with, size_t length)
{
	fastvdso_patch(code, FASTVDSO_IMAGE_PATCH_START, FASTVDSO_IMAGE_PATCH_END, kind, with, length);
}

static struct timespec now(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return ts;
}

/* As KVM and Hyper-V do for this TSC: the shift brings it to between one and two GHz. */
static void make_hypervisor_pages(void)
{
	struct fastvdso_pvclock *pvclock = (void *)pvclock_page;
	struct fastvdso_hvclock *hvclock = (void *)hvclock_page;
	double ns_per_cycle = bench_ns_per_tick();
	__s8 shift = 0;

	*hvclock = (struct fastvdso_hvclock) {
		.tsc_sequence = 1, .tsc_scale = (__u64)(ns_per_cycle / 100 * 0x1p64), .tsc_offset = 5000,
	};
	for (; ns_per_cycle < 0.5; shift--)
		ns_per_cycle *= 2;
	for (; ns_per_cycle >= 1; shift++)
		ns_per_cycle /= 2;
	*pvclock = (struct fastvdso_pvclock) {
		.version = 2, .tsc_timestamp = fastvdso_arch_counter(), .system_time = 1000000000,
		.tsc_to_system_mul = (__u32)(ns_per_cycle * 0x1p32), .tsc_shift = shift,
		.flags = FASTVDSO_PVCLOCK_TSC_STABLE,
	};
}

/* Set the clocks to the current time. Without a time namespace, and without time spent in suspend. */
static void calibrate(struct clock *clock)
{
	struct fastvdso_update *update = &clock->state;
	struct timespec mono = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME);
	struct timespec raw = now(CLOCK_MONOTONIC_RAW);
	__u64 counter = clock->read();
	long apart = real.tv_nsec - mono.tv_nsec;

	memset(update, 0, sizeof(*update));
	update->hres.clock = (struct fastvdso_clock) {
		.mult = (__u32)((clock->ns_per_cycle ?: bench_ns_per_tick()) * (1 << SHIFT) + 0.5),
		.shift = SHIFT, .max_delta = ~0u, .clock_mode = clock->mode,
	};
	/* Like the kernel, store MONOTONIC as an offset from REALTIME's nanoseconds. */
	update->hres.real_sec = real.tv_sec;
	update->hres.mono_sec = mono.tv_sec - (apart > 0);
	update->hres.mono_nsec = (__u32)(apart > 0 ? NSEC_PER_SEC - apart : -apart);
	update->hres.tai_offset = 37;
	update->raw.clock = update->hres.clock;
	fastvdso_clock_set(&update->hres.clock, counter, (__u64)real.tv_nsec << SHIFT);
	fastvdso_clock_set(&update->raw.clock, counter, (__u64)raw.tv_nsec << SHIFT);
	update->raw.raw_sec = raw.tv_sec;
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = ~0ull / update->hres.clock.mult / 2;
	strcpy(update->clocksource.name, "made");
}

static int carry(struct fastvdso_clock *clock, __u64 counter)
{
	__u64 nsec = fastvdso_clock_nsec(clock) + (counter - clock->cycle_last) * clock->mult;
	int second = nsec >= NSEC_PER_SEC << SHIFT;

	fastvdso_clock_set(clock, counter, second ? nsec - (NSEC_PER_SEC << SHIFT) : nsec);
	return second;
}

/* One update, like the kernel's accumulation: move time from the counter into the bases. */
static void advance(struct clock *clock)
{
	struct fastvdso_update *update = &clock->state;
	__u64 counter = clock->read();
	__u64 nsec;
	int second = carry(&update->hres.clock, counter);

	update->hres.real_sec += second;
	update->hres.mono_sec += second;
	update->raw.raw_sec += carry(&update->raw.clock, counter);
	nsec = (fastvdso_clock_nsec(&update->hres.clock) >> SHIFT) + update->hres.mono_nsec;
	update->raw.real_coarse_sec = update->hres.real_sec;
	update->raw.real_coarse_nsec = (__u32)(fastvdso_clock_nsec(&update->hres.clock) >> SHIFT);
	update->raw.mono_coarse_sec = update->hres.mono_sec + (nsec >= NSEC_PER_SEC);
	update->raw.mono_coarse_nsec = (__u32)(nsec >= NSEC_PER_SEC ? nsec - NSEC_PER_SEC : nsec);
}

static void advance_and_publish(int clocksource_changed)
{
	size_t i;

	for (i = 0; i < CLOCKS; i++) {
		advance(&clocks[i]);
		if (clocks[i].hypervisor_page)
			stock_reader_publish(clocks[i].mode, &clocks[i].state, clocks[i].hypervisor_page);
	}
	for (i = 0; i < MADE_VARIANTS; i++)
		if (pages[i])
			fastvdso_latch_write(pages[i], &variants[i].clock->state, clocksource_changed);
}

/* Readers take the fast path for 2^32 cycles after an update. */
void made_pages_refresh(void)
{
	if (!writer_hz && (fastvdso_arch_counter() - clocks[0].state.hres.clock.cycle_last) >> 28)
		advance_and_publish(0);
}

int cpu_has(const char *flag)
{
	char flags[4096], *rest = flags, *word;

	read_line("/proc/cpuinfo", "flags\t\t: ", flags, sizeof(flags));
	while ((word = strsep(&rest, " ")))
		if (!strcmp(word, flag))
			return 1;
	return 0;
}

/*
 * Anonymous data pages, the hypervisor's page below them, and a writable copy of the image above them.
 * The first data page, or NULL.
 */
static char *map_image(struct made_page *made)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	char *below = mmap(NULL, (1 + FASTVDSO_DATA_PAGES + CODE_PAGES) * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *base = below + PAGE, *code = base + FASTVDSO_DATA_PAGES * PAGE;
	ssize_t size = below == MAP_FAILED ? -1 : read(fd, code, CODE_PAGES * PAGE);

	close(fd);
	if (size <= 0 || fastvdso_elf_parse(&made->elf, code, (size_t)size))
		return NULL;
	made->data = base;
	made->data_size = FASTVDSO_DATA_PAGES * PAGE;
	made->code = code;
	made->code_size = (size_t)size;
	return base;
}

static int map_one(struct made_page *made, enum made_variant variant)
{
	static const __u8 rdtscp[] = FASTVDSO_RDTSCP, rdpid_rax[] = FASTVDSO_RDPID_RAX;
	const char *hypervisor_page = variants[variant].clock->hypervisor_page;
	int by_rdtscp = variants[variant].by_rdtscp;
	struct fastvdso_ns_page *ns;
	char *base, *code;

	if (by_rdtscp && !cpu_has("rdtscp"))
		return 0;
	base = map_image(made);
	if (!base)
		return -ENOENT;
	code = base + made->data_size;
	if (by_rdtscp)
		patch(code, FASTVDSO_PATCH_COUNTER, rdtscp, sizeof(rdtscp));
	if (cpu_has("rdtscp"))
		patch(code, FASTVDSO_PATCH_COUNTER_CPUNODE, rdtscp, sizeof(rdtscp));
	if (cpu_has("rdpid"))
		patch(code, FASTVDSO_PATCH_CPUNODE, rdpid_rax, sizeof(rdpid_rax));
	/* Read-only, like the module's code. */
	if (mprotect(code, CODE_PAGES * PAGE, PROT_READ | PROT_EXEC))
		return -errno;
	if (hypervisor_page) {
		ns = (void *)(base + FASTVDSO_PAGE_NS * PAGE);
		ns->flags = FASTVDSO_NS_HYPERVISOR;
		memcpy(base - PAGE, hypervisor_page, PAGE);
	}
	pages[variant] = (void *)(base + FASTVDSO_PAGE_TIME * PAGE);
	pages[variant]->hrtimer_res = 1;
	pages[variant]->coarse_res = 4000000;
	made->counter = variants[variant].counter;
	return 0;
}

int made_pages_map(struct made_page made[MADE_VARIANTS])
{
	int variant, error;
	size_t i;

	make_hypervisor_pages();
	memset(made, 0, MADE_VARIANTS * sizeof(*made));
	for (variant = 0; variant < MADE_VARIANTS; variant++) {
		error = map_one(&made[variant], variant);
		if (error)
			return error;
	}
	for (i = 0; i < CLOCKS; i++)
		calibrate(&clocks[i]);
	advance_and_publish(1);
	return 0;
}

enum made_variant made_page_choice(const struct made_page made[MADE_VARIANTS])
{
	return made[MADE_RDTSCP].counter && fastvdso_rdtscp_is_cheaper() ? MADE_RDTSCP : MADE_LFENCE_RDTSC;
}

static void *write_pages(void *unused)
{
	struct timespec next = now(CLOCK_MONOTONIC);

	(void)unused;
	bench_pin(writer_cpu);
	prctl(PR_SET_TIMERSLACK, 1);
	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
		next.tv_nsec += NSEC_PER_SEC / writer_hz;
		if (next.tv_nsec >= NSEC_PER_SEC) {
			next.tv_nsec -= NSEC_PER_SEC;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		advance_and_publish(0);
		updates++;
	}
	return NULL;
}

int made_writer_start(int cpu, int hz)
{
	writer_cpu = cpu;
	writer_hz = hz;
	updates = 0;
	stopping = 0;
	return -pthread_create(&writer, NULL, write_pages, NULL);
}

long made_writer_stop(void)
{
	__atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	writer_hz = 0;
	return updates;
}
