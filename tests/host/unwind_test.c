// SPDX-License-Identifier: GPL-2.0
/*
 * Debuggers and profilers can unwind the image: at every instruction of every function its .eh_frame
 * gives the frame, the caller and the caller's registers. A child process is stepped through the
 * image, with pages that it shares with the test, along as many paths as possible.
 */
#define _GNU_SOURCE
#include "map.h"

#include <sched.h>
#include <signal.h>

#include "image.h"
#include "kselftest_harness.h"
#include "mapped_image.h"
#include "stepper.h"
#include "tracee.h"

/* Both processes share the data pages, the buffer for results and the stack. */
static void *share(void *at, size_t size)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | (at ? MAP_FIXED : 0),
		    -1, 0);
}

static void *written;

/* Functions that the image passes on. In place of the kernel's stands one that ignores its arguments. */
static const void *stock[FASTVDSO_STOCK_COUNT];

static const char *const names[FASTVDSO_STOCK_COUNT] = TRACEE_STOCK_NAMES;

static void find_stock_functions(void)
{
	struct fastvdso_stock_page *stock_page = (void *)(code + (elf.size + PAGE - 1) / PAGE * PAGE);
	size_t i;

	for (i = 0; i < FASTVDSO_STOCK_COUNT; i++) {
		if (!names[i])
			continue;
		stock[i] = fastvdso_elf_function(&elf, names[i], TRACEE_STOCK_VERSION);
		stock_page->function[i] = (__u64)image.ticks;
	}
}

FIXTURE(unwind)
{
	Elf *elf;
	int fd;
};

/* Two processes that wait for each other are fastest on one CPU. */
static int stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

FIXTURE_SETUP(unwind)
{
	int status;

	ASSERT_EQ(0, stay_here());
	elf_version(EV_CURRENT);
	self->fd = open("build/blob/fastvdso.so", O_RDONLY);
	self->elf = elf_begin(self->fd, ELF_C_READ, NULL);
	cfi = dwarf_getcfi_elf(self->elf);
	ASSERT_NE(NULL, cfi);
	ASSERT_LT(100, list_instructions());

	code = map_image();
	ASSERT_NE(NULL, code);
	find_stock_functions();
	ASSERT_EQ(hypervisor, share(hypervisor, (1 + FASTVDSO_DATA_PAGES) * PAGE));
	ASSERT_EQ(0, seal_image(code));
	written = share(NULL, PAGE);
	stack = share(NULL, STACK_SIZE);
	ASSERT_TRUE(written != MAP_FAILED && stack != MAP_FAILED);

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_EXITKILL));
}

FIXTURE_TEARDOWN(unwind)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	dwarf_cfi_end(cfi);
	elf_end(self->elf);
	close(self->fd);
}

/* States of the pages that together reach all paths through the reader. */
enum state {
	EXACT, BEHIND, FAR, OLD, NARROW, CROSSED,
	NONE, STEERED, STEERED_FOR_ALL, STEERED_CROSSED, UNKNOWN,
	PVCLOCK, PVCLOCK_CROSSED, PVCLOCK_UNSTABLE, HVCLOCK, HVCLOCK_CROSSED, HVCLOCK_OFF, STATES
};

static void fill_hypervisor(enum state state)
{
	struct fastvdso_pvclock *pvclock = hypervisor;
	struct fastvdso_hvclock *hvclock = hypervisor;

	memset(hypervisor, 0, PAGE);
	if (state < HVCLOCK)
		*pvclock = (struct fastvdso_pvclock) {
			.version = 6, .tsc_timestamp = fastvdso_arch_counter(), .system_time = 1000,
			.tsc_to_system_mul = 2863311530u, .tsc_shift = -1,
			.flags = state == PVCLOCK_UNSTABLE ? 0 : FASTVDSO_PVCLOCK_TSC_STABLE,
		};
	else
		*hvclock = (struct fastvdso_hvclock) {
			.tsc_sequence = state == HVCLOCK_OFF ? 0 : 5, .tsc_scale = 1ull << 60,
			.tsc_offset = -(__s64)(fastvdso_arch_counter() >> 4),
		};
}

/* Of all CPUs, because the stepped process runs on any. */
static void fill_cpu_time(enum state state)
{
	int cpu;

	if (state >= NONE || !cpu_has("rdtscp"))
		return;
	page->task_clock = (struct fastvdso_task_clock) {
		.mult = 1 << 20, .shift = 21, .seq = state == NARROW,
	};
	for (cpu = 0; cpu < FASTVDSO_CPU_TIME_CPUS; cpu++)
		cpu_time->line[cpu].seq = 1;
	cpu_time->single_threaded = state != FAR;
}

static void fill_pages(enum state state)
{
	static const __u8 modes[STATES] = {
		[NONE] = FASTVDSO_CLOCK_NONE, [STEERED] = FASTVDSO_CLOCK_NONE,
		[STEERED_FOR_ALL] = FASTVDSO_CLOCK_NONE,
		[STEERED_CROSSED] = FASTVDSO_CLOCK_NONE, [UNKNOWN] = 99,
		[PVCLOCK ... PVCLOCK_UNSTABLE] = FASTVDSO_CLOCK_PVCLOCK,
		[HVCLOCK ... HVCLOCK_OFF] = FASTVDSO_CLOCK_HVCLOCK,
	};
	__u8 mode = state < NONE ? FASTVDSO_CLOCK_COUNTER : modes[state];
	struct fastvdso_update update;
	__u64 now = fastvdso_arch_counter();

	memset(ns, 0, FASTVDSO_DATA_PAGES * PAGE);
	if (state == BEHIND)
		now += 1ull << 50;
	else if (state == FAR)
		now -= 1ull << 34;
	else if (state == OLD)
		now -= 1ull << 41;
	else if (state == CROSSED || state == STEERED_CROSSED)
		now = (now & ~0xffffffffull) - 1;
	else if (state >= PVCLOCK)
		now = 0;
	fill_hypervisor(state);
	fill_update(&update, mode, now);
	if (state == NARROW) {
		update.clocksource.mask = 0xffffff;
		update.clocksource.max_cycles = 0xffff;
		update.hres.clock.max_delta = update.raw.clock.max_delta = 0xffff;
	}
	if (state == CROSSED || state == STEERED_CROSSED) {
		update.hres.boot_nsec = update.hres.mono_nsec = 999999999;
		fastvdso_clock_set(&update.hres.clock, now, 999999999ull << 24);
		fastvdso_clock_set(&update.raw.clock, now, 999999999ull << 24);
	}
	if (state == PVCLOCK_CROSSED || state == HVCLOCK_CROSSED) {
		fastvdso_clock_set(&update.hres.clock, now, 2000000000ull << 24);
		fastvdso_clock_set(&update.raw.clock, now, 2000000000ull << 24);
	}
	strcpy(update.clocksource.name, "made");
	fastvdso_latch_write(page, &update, 1);
	if (state == STEERED || state == STEERED_FOR_ALL || state == STEERED_CROSSED) {
		update.hres.clock.clock_mode = update.raw.clock.clock_mode = FASTVDSO_CLOCK_STEERED;
		update.clocksource.bound_ns = 1000;
		fastvdso_latch_write(steered, &update, 1);
	}
	fill_cpu_time(state);
	fill_namespace();
	ns->flags = state == STEERED_FOR_ALL || state == STEERED_CROSSED ? FASTVDSO_NS_STEERED :
		    state >= PVCLOCK ? FASTVDSO_NS_HYPERVISOR : 0;
}

/* Call every function with every clock, with and without its optional pointers. */
#define CALL_AT(address, name, ...)							\
	do {										\
		const __u64 arguments[3] = { __VA_ARGS__ };				\
											\
		ASSERT_EQ(0, step_through(address, arguments))				\
			TH_LOG("in %s, state %d, clock %d", name, state, (int)ids[i]);	\
	} while (0)
#define CALL(function, ...)	CALL_AT((const void *)image.function, #function, __VA_ARGS__)

static void call_everything(struct __test_metadata *_metadata, enum state state)
{
	static const __s64 ids[] = { 0, 1, 2, 3, 4, 5, 6, 7, 11, -1 };
	__u64 to = (__u64)written, tick = fastvdso_arch_counter();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		__u64 id = (__u32)ids[i];

		fill_pages(state);
		CALL(clock_gettime, id, to);
		CALL(clock_getres, id, to);
		CALL(clock_getres, id, 0);
		CALL(now_ns, id);
		CALL(now_ns_bound, id, to);
		CALL(now_ns_unordered, id);
		CALL(ticks_to_ns, id, tick);
		CALL(ticks_to_ns, id, tick - (1ull << 60));
		CALL(ticks_to_ns, id, tick + (1ull << 60));
		CALL(ns_to_ticks, id, 2000000000000, to);
		CALL(ns_to_ticks, id, -1, to);
		CALL(ns_to_ticks, id, ~0ull >> 1, to);
	}
	i = 0;
	fill_pages(state);
	CALL(gettimeofday, to, 0);
	CALL(gettimeofday, to, to + 64);
	CALL(gettimeofday, 0, 0);
	CALL(time, to);
	CALL(time, 0);
	CALL(getcpu, to, to + 8);
	CALL(getcpu, 0, 0);
	CALL(time_info, to);
	CALL(ticks, 0);
	CALL(counter_info, to);
	CALL(snapshot, to);
	CALL(cpu_times, to);
	for (i = 0; i < FASTVDSO_STOCK_COUNT; i++) {
		if (!names[i])
			continue;
		ns->flags &= ~FASTVDSO_NS_STOCK;
		CALL_AT(stock[i], names[i], to, 8, 0);
		ns->flags |= FASTVDSO_NS_STOCK;
		CALL_AT(stock[i], names[i], to, 8, 0);
	}
}

/* Print how many instructions were stepped, and return the percentage. */
static int share_stepped(void)
{
	int i, all = 0, some = 0;

	for (i = 0; i < CODE_PAGES * PAGE; i++) {
		all += listed[i] == 2;
		some += listed[i] == 2 && stepped[i];
	}
	printf("# %d of %d instructions\n", some, all);
	if (getenv("UNWIND_MISSED"))
		for (i = 0; i < CODE_PAGES * PAGE; i++)
			if (listed[i] == 2 && !stepped[i])
				printf("# not %x\n", i);
	return some * 100 / all;
}

TEST_F_TIMEOUT(unwind, frame_and_caller_are_found_at_every_instruction, 120)
{
	enum state state;

	for (disturb_at = 0; disturb_at <= 14; disturb_at += 14)
		for (state = 0; state < STATES; state++)
			call_everything(_metadata, state);
	/* Without rdtscp, steered clocks and CPU time end in the system call. */
	EXPECT_LE(cpu_has("rdtscp") ? 90 : 85, share_stepped());
}

/* Bytes of the stack that the call wrote below its return address. */
static size_t stack_written(const void *function, const __u64 *arguments)
{
	size_t size = STACK_SIZE - 64 - sizeof(__u64), written_bytes = 0, i;

	memset(stack, 0x5a, size);
	if (step_through(function, arguments))
		return STACK_SIZE;
	for (i = 0; i < size; i++)
		written_bytes += ((unsigned char *)stack)[i] != 0x5a;
	return written_bytes;
}

#define EXPECT_NO_STACK(reads, function, ...)						\
	do {										\
		const __u64 arguments[3] = { __VA_ARGS__ };				\
											\
		EXPECT_EQ(0, stack_written((const void *)image.function, arguments))	\
			TH_LOG("in " #function ", state %d", state);			\
		EXPECT_EQ(reads, ordered_reads);					\
		TH_LOG("state %d: %d instructions of " #function, state, instructions);	\
	} while (0)

#define LOG_INSTRUCTIONS(function, ...)							\
	do {										\
		const __u64 arguments[3] = { __VA_ARGS__ };				\
											\
		ASSERT_EQ(0, step_through((const void *)image.function, arguments));	\
		TH_LOG("state %d, clock %d: %d instructions of " #function, state,	\
		       (int)arguments[0], instructions);				\
	} while (0)

/* Two builds of the image are compared by these numbers, because times are not exact enough. */
TEST_F(unwind, instructions_of_each_clock_are_counted)
{
	static const enum state states[] = { EXACT, PVCLOCK, HVCLOCK };
	static const __u64 ids[] = {
		CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI,
	};
	__u64 to = (__u64)written, tick;
	size_t i, c;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		enum state state = states[i];

		fill_pages(state);
		for (c = 0; c < ARRAY_SIZE(ids); c++) {
			LOG_INSTRUCTIONS(clock_gettime, ids[c], to);
			LOG_INSTRUCTIONS(now_ns, ids[c]);
		}
		tick = image.ticks();
		LOG_INSTRUCTIONS(ticks, 0);
		LOG_INSTRUCTIONS(ticks_to_ns, CLOCK_MONOTONIC, tick);
		LOG_INSTRUCTIONS(counter_info, to);
		LOG_INSTRUCTIONS(snapshot, to);
	}
}

/* On the counter, clock_gettime() and gettimeofday() save a register. */
TEST_F(unwind, a_single_attempt_needs_no_stack)
{
	static const enum state states[] = { EXACT, PVCLOCK, HVCLOCK };
	__u64 to = (__u64)written;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		enum state state = states[i];

		fill_pages(state);
		EXPECT_NO_STACK(1, now_ns, CLOCK_MONOTONIC);
		EXPECT_NO_STACK(1, now_ns, CLOCK_REALTIME);
		EXPECT_NO_STACK(0, now_ns_unordered, CLOCK_MONOTONIC);
		if (state == EXACT)
			continue;
		EXPECT_NO_STACK(1, clock_gettime, CLOCK_MONOTONIC, to);
		EXPECT_NO_STACK(1, clock_gettime, CLOCK_REALTIME, to);
		EXPECT_NO_STACK(1, gettimeofday, to, 0);
	}
}

TEST_HARNESS_MAIN
