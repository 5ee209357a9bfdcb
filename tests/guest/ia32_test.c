// SPDX-License-Identifier: GPL-2.0
/* A program for i386 reads the clocks by the image for i386. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"

#include "clocksource.h"
#include "forbid.h"
#include "ia32.h"
#include "process.h"
#include "variant.h"

#define NS	INT64_C(1000000000)

static const struct {
	const char *name;
	int32_t id;
	int cpu_time;
} clocks[] = {
	{ "REALTIME", CLOCK_REALTIME, 0 },
	{ "MONOTONIC", CLOCK_MONOTONIC, 0 },
	{ "MONOTONIC_RAW", CLOCK_MONOTONIC_RAW, 0 },
	{ "BOOTTIME", CLOCK_BOOTTIME, 0 },
	{ "TAI", CLOCK_TAI, 0 },
	{ "REALTIME_COARSE", CLOCK_REALTIME_COARSE, 0 },
	{ "MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE, 0 },
	{ "PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, 1 },
	{ "THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID, 1 },
};

#define CLOCKS	(sizeof(clocks) / sizeof(clocks[0]))
#define FINE	5

static struct ia32_mapping mapped;
static const struct functions *const call = &mapped.call;

static int64_t kernel_ns(int32_t id)
{
	struct timespec64 ts;

	return syscall(NR_gettime64, id, &ts) ? -1 : ts.sec * NS + ts.nsec;
}

FIXTURE(ia32)
{
	uint32_t mode;
};

FIXTURE_SETUP(ia32)
{
	int ret = map_ia32(&mapped), ms = 0;
	const uint32_t *steering;

	ASSERT_EQ(0, ret);
	self->mode = mapped.info.clock_mode ? FASTVDSO_MODE_EXACT : FASTVDSO_MODE_FALLBACK;
	if (self->mode == FASTVDSO_MODE_EXACT || never_steers() || has_foreign_tsc_aux())
		return;
	steering = &ia32_page(&mapped, FASTVDSO_PAGE_STEERED)->steering;
	while (__atomic_load_n(steering, __ATOMIC_RELAXED) != FASTVDSO_STEERING_ACTIVE && ms++ < 10000)
		usleep(1000);
	ASSERT_EQ(FASTVDSO_STEERING_ACTIVE, *steering);
	self->mode = FASTVDSO_MODE_STEERED;
}

FIXTURE_TEARDOWN(ia32)
{
	munmap(mapped.data - PAGE, PAGE + DATA + mapped.info.code_pages * PAGE);
	close(mapped.fd);
}

static int occurs(const void *code, size_t length)
{
	return memmem(mapped.code, mapped.info.image_size, code, length) != NULL;
}

/* What the module chose for this CPU, it put into the image for i386 too. */
TEST_F(ia32, the_image_has_the_instructions_of_its_variant)
{
	static const uint8_t rdtscp[] = FASTVDSO_RDTSCP, rdpid[] = FASTVDSO_RDPID_RAX;
	uint32_t chosen = mapped.info.variant;

	EXPECT_EQ((chosen & (FASTVDSO_VARIANT_RDTSCP | FASTVDSO_VARIANT_CPU)) != 0,
		  occurs(rdtscp, sizeof(rdtscp)));
	EXPECT_EQ((chosen & FASTVDSO_VARIANT_RDPID) != 0, occurs(rdpid, sizeof(rdpid)));
}

TEST_F(ia32, all_calls_on_the_device_are_about_the_same_image)
{
	static uint8_t image[1 << 18];
	const Elf32_Ehdr *header = (const void *)image;
	size_t i;

	ASSERT_EQ(mapped.info.image_size, read(mapped.fd, image, sizeof(image)));
	EXPECT_EQ(mapped.info.image_size, lseek(mapped.fd, 0, SEEK_END));
	EXPECT_EQ((mapped.info.image_size + PAGE - 1) / PAGE, mapped.info.code_pages);
	EXPECT_EQ(0, memcmp(image, mapped.code, mapped.info.image_size));
	EXPECT_EQ(ELFCLASS32, header->e_ident[EI_CLASS]);
	EXPECT_EQ(EM_386, header->e_machine);
	/* The build-id is in the image. */
	for (i = 0; i < mapped.info.image_size - FASTVDSO_BUILD_ID_LEN; i++)
		if (!memcmp(image + i, mapped.info.build_id, FASTVDSO_BUILD_ID_LEN))
			break;
	EXPECT_GT(mapped.info.image_size - FASTVDSO_BUILD_ID_LEN, i);
	EXPECT_TRUE(MAP_FAILED ==
		    map_at(mapped.fd, (mapped.info.code_pages + 1) * PAGE, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(-1, mprotect(mapped.code, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(mapped.data, PAGE, PROT_READ | PROT_EXEC));
}

static int64_t by_gettime64(int32_t id)
{
	struct timespec64 ts;

	return call->gettime64(id, &ts) ? -1 : ts.sec * NS + ts.nsec;
}

static int64_t by_gettime32(int32_t id)
{
	struct timespec32 ts;

	return call->gettime32(id, &ts) ? -1 : ts.sec * NS + ts.nsec;
}

static int64_t by_now_ns_bound(int32_t id)
{
	uint64_t bound;

	return call->now_ns_bound(id, &bound);
}

static int64_t by_now_ns(int32_t id)
{
	return call->now_ns(id);
}

static int64_t by_now_ns_unordered(int32_t id)
{
	return call->now_ns_unordered(id);
}

static int64_t by_ticks(int32_t id)
{
	return call->ticks_to_ns(id, call->ticks());
}

static int64_t by_snapshot(int32_t id)
{
	struct fastvdso_snapshot now;

	if (call->snapshot(&now))
		return -1;
	switch (id) {
	case CLOCK_REALTIME:
		return now.realtime;
	case CLOCK_MONOTONIC:
		return now.monotonic;
	case CLOCK_MONOTONIC_RAW:
		return now.monotonic_raw;
	case CLOCK_BOOTTIME:
		return now.boottime;
	default:
		return now.tai;
	}
}

/* How far a reading may be from the kernel's clock: 0 unless it is steered, or CPU time. */
static int64_t bound_of(size_t clock)
{
	uint64_t bound;

	if (clocks[clock].cpu_time)
		return ia32_page(&mapped, FASTVDSO_PAGE_TIME)->task_clock.bound_ns;
	call->now_ns_bound(clocks[clock].id, &bound);
	return (int64_t)bound;
}

/* Return the number of wrong readings among @rounds of the first @count clocks. */
static int count_wrong(size_t count, long rounds, int64_t (*read)(int32_t id), const char *what)
{
	int wrong = 0;
	size_t clock;
	long i;

	for (clock = 0; clock < count; clock++) {
		int64_t last = 0, was_stale = 0;

		for (i = 0; i < rounds; i++) {
			int64_t bound = bound_of(clock), before = kernel_ns(clocks[clock].id);
			int64_t now = read(clocks[clock].id), after = kernel_ns(clocks[clock].id);
			int64_t bound_after = bound_of(clock);

			if (bound_after > bound)
				bound = bound_after;
			/* A steered line began meanwhile, or there is none for a moment. */
			if (now < 0 && (read == by_ticks || read == by_snapshot) &&
			    mapped.info.clock_mode == FASTVDSO_CLOCK_NONE) {
				was_stale++;
				continue;
			}
			if (before - bound <= now && now <= after + bound &&
			    (now >= last || bound))
				goto next;
			if (!wrong++)
				printf("# %s %s: %lld after the first system call, %lld before the second, bound %lld\n",
				       what, clocks[clock].name, (long long)(now - before),
				       (long long)(after - now), (long long)bound);
next:
			last = now;
		}
		wrong += was_stale > rounds / 10;
	}
	return wrong;
}

/* How often each call reads each clock. */
static long rounds(void)
{
	const char *wanted = getenv("BRACKETED_READS");

	return (wanted ? atol(wanted) : 1000000) / 20;
}

TEST_F_TIMEOUT(ia32, calls_of_64_bit_time_lie_between_two_system_calls, 600)
{
	EXPECT_EQ(0, count_wrong(CLOCKS, rounds(), by_gettime64, "gettime64"));
}

TEST_F_TIMEOUT(ia32, calls_of_32_bit_time_lie_between_two_system_calls, 600)
{
	EXPECT_EQ(0, count_wrong(CLOCKS, rounds(), by_gettime32, "gettime32"));
}

TEST_F_TIMEOUT(ia32, calls_in_nanoseconds_lie_between_two_system_calls, 600)
{
	EXPECT_EQ(0, count_wrong(CLOCKS, rounds(), by_now_ns, "now_ns"));
	EXPECT_EQ(0, count_wrong(CLOCKS, rounds(), by_now_ns_bound, "now_ns_bound"));
	EXPECT_EQ(0, count_wrong(CLOCKS, rounds() / 10, by_now_ns_unordered, "now_ns_unordered"));
}

TEST_F_TIMEOUT(ia32, ticks_and_snapshots_lie_between_two_system_calls, 600)
{
	struct fastvdso_counter_info info;
	int i;

	if (self->mode == FASTVDSO_MODE_FALLBACK) {
		EXPECT_EQ(0, call->ticks());
		EXPECT_EQ(-EOPNOTSUPP, call->ticks_to_ns(CLOCK_MONOTONIC, 1));
		EXPECT_EQ(-EOPNOTSUPP, call->counter_info(&info));
		return;
	}
	EXPECT_EQ(0, count_wrong(FINE, rounds(), by_ticks, "ticks_to_ns"));
	EXPECT_EQ(0, count_wrong(FINE, rounds(), by_snapshot, "snapshot"));
	ASSERT_EQ(0, call->counter_info(&info));
	EXPECT_NE(0, info.frequency);
	/* A tick lasts 10^15 / frequency femtoseconds. */
	EXPECT_LE(llabs((int64_t)(info.frequency * info.resolution_fs) - (int64_t)1e15),
		  (int64_t)(info.frequency + info.resolution_fs));
	EXPECT_STRNE("", info.name);

	/* The first tick at which the clock reads a time, and not the one before. */
	for (i = 0; i < 1000; i++) {
		int64_t at = call->now_ns(CLOCK_MONOTONIC) + i * 100003, back;
		uint64_t tick;

		ASSERT_EQ(0, call->ns_to_ticks(CLOCK_MONOTONIC, at, &tick));
		back = call->ticks_to_ns(CLOCK_MONOTONIC, tick);
		/* An update in between changes the rate. A tick of Hyper-V is 100 ns. */
		if (back >= 0)
			EXPECT_GE(200 + i, llabs(back - at)) {
				TH_LOG("at %lld, back %lld", (long long)at, (long long)back);
			}
	}
	EXPECT_EQ(-EINVAL, call->ticks_to_ns(CLOCK_REALTIME_COARSE, 1));
}

/* The first touch has the module write the lines, after it has measured the clock, from the next switch on. */
static int cpu_times_become_readable(void)
{
	const uint32_t *state = &ia32_page(&mapped, FASTVDSO_PAGE_TIME)->task_clock.state;
	struct fastvdso_cpu_times times;
	int ms;

	for (ms = 0; ms < 5000; ms++) {
		uint32_t now = __atomic_load_n(state, __ATOMIC_RELAXED);

		if (!call->cpu_times(&times))
			return 1;
		if (now == FASTVDSO_CPU_TIME_UNSUPPORTED || (now == FASTVDSO_CPU_TIME_UNSTABLE && ms >= 200))
			return 0;
		usleep(1000);
	}
	return 0;
}

TEST_F(ia32, cpu_times_are_of_one_instant)
{
	struct fastvdso_cpu_times times;
	int fast = 0, readable, i;

	if (mapped.info.clock_mode != FASTVDSO_CLOCK_COUNTER)
		SKIP(return, "the clocksource is not the counter");
	readable = cpu_times_become_readable();
	if (!readable)
		EXPECT_NE(FASTVDSO_CPU_TIME_ACTIVE,
			  ia32_page(&mapped, FASTVDSO_PAGE_TIME)->task_clock.state);
	for (i = 0; i < 10000; i++) {
		int64_t before = kernel_ns(CLOCK_THREAD_CPUTIME_ID), monotonic = kernel_ns(CLOCK_MONOTONIC);

		if (call->cpu_times(&times))
			continue;
		fast++;
		ASSERT_LE(before - (int64_t)times.bound, times.thread);
		ASSERT_LE(times.thread, kernel_ns(CLOCK_THREAD_CPUTIME_ID));
		ASSERT_LE(monotonic, times.monotonic);
		ASSERT_LE(times.monotonic, kernel_ns(CLOCK_MONOTONIC));
	}
	EXPECT_EQ(readable, fast > 0);
	printf("# %d of %d from the pages\n", fast, i);
}

TEST_F(ia32, every_clock_id_returns_what_the_system_call_returns)
{
	struct timespec64 ours64, kernel64;
	struct timespec32 ours32, kernel32;
	int id;

	for (id = -70; id < 70; id++) {
		int want = syscall(NR_gettime64, id, &kernel64) ? -errno : 0;

		EXPECT_EQ(want, call->gettime64(id, &ours64)) TH_LOG("clock %d", id);
		if (!want)
			EXPECT_LE(llabs(kernel64.sec - ours64.sec), 1);
		want = syscall(NR_gettime32, id, &kernel32) ? -errno : 0;
		EXPECT_EQ(want, call->gettime32(id, &ours32)) TH_LOG("clock %d", id);
		if (!want)
			EXPECT_LE(labs((long)(kernel32.sec - ours32.sec)), 1);
		want = syscall(NR_getres64, id, &kernel64) ? -errno : 0;
		ASSERT_EQ(want, call->getres64(id, &ours64));
		if (!want)
			EXPECT_EQ(0, memcmp(&kernel64, &ours64, sizeof(ours64)));
		EXPECT_EQ(want, call->getres64(id, NULL));
		want = syscall(NR_getres32, id, &kernel32) ? -errno : 0;
		ASSERT_EQ(want, call->getres32(id, &ours32));
		if (!want)
			EXPECT_EQ(0, memcmp(&kernel32, &ours32, sizeof(ours32)));
		EXPECT_EQ(want, call->getres32(id, NULL));
	}
}

/* Microseconds since the epoch, between two system calls; the bound of a steered clock is added. */
static int is_timeval_right(int64_t before, int64_t sec, int64_t usec, int64_t after, int64_t bound)
{
	int64_t now = sec * 1000000 + usec;

	return (before - bound) / 1000 <= now && now <= (after + bound) / 1000 && usec >= 0 && usec < 1000000;
}

TEST_F(ia32, seconds_and_timevals_are_right)
{
	struct { int32_t west, dst; } tz, kernel_tz;
	struct timeval32 tv32;
	struct timeval64 tv64;
	int32_t stored32;
	int64_t stored64;
	int i;

	for (i = 0; i < 20000; i++) {
		int64_t bound = bound_of(0), before = kernel_ns(CLOCK_REALTIME), after, coarse, seconds;

		ASSERT_EQ(0, call->gettimeofday32(&tv32, NULL));
		after = kernel_ns(CLOCK_REALTIME);
		ASSERT_TRUE(is_timeval_right(before, tv32.sec, tv32.usec, after, bound + bound_of(0)));
		before = kernel_ns(CLOCK_REALTIME);
		ASSERT_EQ(0, call->gettimeofday64(&tv64, NULL));
		after = kernel_ns(CLOCK_REALTIME);
		ASSERT_TRUE(is_timeval_right(before, tv64.sec, tv64.usec, after, bound + bound_of(0)));
		/* As of the last update, like the coarse clock. */
		coarse = kernel_ns(CLOCK_REALTIME_COARSE) / NS;
		seconds = call->time64(&stored64);
		ASSERT_EQ(seconds, stored64);
		ASSERT_LE(coarse, seconds);
		ASSERT_LE(seconds, kernel_ns(CLOCK_REALTIME_COARSE) / NS);
		ASSERT_LE(coarse, call->time32(&stored32));
		ASSERT_LE(coarse, stored32);
	}
	EXPECT_LE(stored32, call->time32(NULL));
	EXPECT_LE(stored32, call->time64(NULL));
	EXPECT_EQ(0, call->gettimeofday32(NULL, NULL));
	EXPECT_EQ(0, call->gettimeofday64(NULL, NULL));
	ASSERT_EQ(0, syscall(SYS_gettimeofday, NULL, &kernel_tz));
	memset(&tz, 0x55, sizeof(tz));
	EXPECT_EQ(0, call->gettimeofday32(&tv32, &tz));
	EXPECT_EQ(0, memcmp(&tz, &kernel_tz, sizeof(tz)));
	memset(&tz, 0x55, sizeof(tz));
	EXPECT_EQ(0, call->gettimeofday64(&tv64, &tz));
	EXPECT_EQ(0, memcmp(&tz, &kernel_tz, sizeof(tz)));
	EXPECT_LE(llabs(tv64.sec - kernel_ns(CLOCK_REALTIME) / NS), 1);
	EXPECT_GT(1000000, tv64.usec);
}

/* After 2038: as the kernel's own vDSO does, 32-bit seconds are the low half. */
TEST_F(ia32, seconds_that_do_not_fit_are_cut)
{
	const int64_t late = INT64_C(0x90000000) + 1000;
	const struct timespec64 to = { late, 0 };
	int64_t real = kernel_ns(CLOCK_REALTIME), mono = kernel_ns(CLOCK_MONOTONIC);
	struct timespec64 back, ts64;
	struct timespec32 ts32;
	struct timeval32 tv32;
	struct timeval64 tv64;
	int32_t seconds;

	ASSERT_EQ(0, syscall(NR_settime64, CLOCK_REALTIME, &to));
	/* Within the second, unless the guest is stopped. */
	EXPECT_EQ(0, call->gettime64(CLOCK_REALTIME, &ts64));
	EXPECT_LE(late, ts64.sec);
	EXPECT_GE(late + 10, ts64.sec);
	EXPECT_EQ(0, call->gettime32(CLOCK_REALTIME, &ts32));
	EXPECT_LE((int32_t)late, ts32.sec);
	EXPECT_GE((int32_t)late + 10, ts32.sec);
	EXPECT_EQ(0, call->gettime32(CLOCK_REALTIME_COARSE, &ts32));
	EXPECT_LE((int32_t)late, ts32.sec);
	EXPECT_EQ(0, call->gettimeofday32(&tv32, NULL));
	EXPECT_LE((int32_t)late, tv32.sec);
	EXPECT_GE((int32_t)late + 10, tv32.sec);
	EXPECT_EQ(0, call->gettimeofday64(&tv64, NULL));
	EXPECT_LE(late, tv64.sec);
	seconds = call->time32(NULL);
	EXPECT_LE((int32_t)late, seconds);
	EXPECT_GE((int32_t)late + 10, seconds);
	EXPECT_LE(late, call->time64(NULL));
	EXPECT_LE(late * NS, call->now_ns(CLOCK_REALTIME));

	real += kernel_ns(CLOCK_MONOTONIC) - mono;
	back = (struct timespec64) { real / NS, real % NS };
	ASSERT_EQ(0, syscall(NR_settime64, CLOCK_REALTIME, &back));
}

TEST_F(ia32, getcpu_returns_the_cpu)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), i;
	uint32_t cpu, node, kernel_cpu, kernel_node;

	for (i = 0; i < cpus; i++) {
		ASSERT_EQ(0, pin_to_cpu((int)i));
		ASSERT_EQ(0, call->getcpu(&cpu, &node, NULL));
		ASSERT_EQ(0, syscall(SYS_getcpu, &kernel_cpu, &kernel_node, NULL));
		EXPECT_EQ(i, cpu);
		EXPECT_EQ(kernel_cpu, cpu);
		EXPECT_EQ(kernel_node, node);
		EXPECT_EQ(0, call->getcpu(NULL, NULL, NULL));
	}
}

TEST_F(ia32, time_info_is_that_of_the_page)
{
	struct fastvdso_time_info info;
	int64_t at;

	call->time_info(&info);
	EXPECT_EQ(mapped.info.clock_mode, info.clock_mode);
	EXPECT_STREQ(mapped.info.clocksource, info.name);
	at = info.update_sec * NS + info.update_nsec;
	EXPECT_LE(at, kernel_ns(CLOCK_MONOTONIC));
	EXPECT_GT(1000000000u, info.update_nsec);
}

/* The system calls of 32-bit and of 64-bit time fail from now on. */
TEST_F(ia32, readable_clocks_need_no_system_call)
{
	struct timespec64 ts64;
	struct timespec32 ts32;
	struct timeval32 tv32;
	struct timeval64 tv64;
	size_t clock;
	int i;

	if (mapped.info.clock_mode == FASTVDSO_CLOCK_NONE)
		SKIP(return, "user space cannot read the clocksource");
	ASSERT_EQ(0, forbid(NR_gettime64));
	ASSERT_EQ(0, forbid(NR_gettime32));
	ASSERT_EQ(0, forbid(SYS_gettimeofday));
	ASSERT_EQ(0, forbid(SYS_time));
	for (i = 0; i < 1000; i++) {
		for (clock = 0; clock < CLOCKS && !clocks[clock].cpu_time; clock++) {
			ASSERT_EQ(0, call->gettime64(clocks[clock].id, &ts64));
			ASSERT_EQ(0, call->gettime32(clocks[clock].id, &ts32));
			ASSERT_LT(0, call->now_ns(clocks[clock].id));
		}
		ASSERT_EQ(0, call->gettimeofday32(&tv32, NULL));
		ASSERT_EQ(0, call->gettimeofday64(&tv64, NULL));
		ASSERT_LT(0, call->time32(NULL));
	}
}

/* A filter that was written for 32-bit time allows no other system call. */
TEST_F(ia32, calls_of_32_bit_time_fall_back_to_those_system_calls)
{
	struct timespec32 ts;
	struct timeval32 tv;

	ASSERT_EQ(0, forbid(NR_gettime64));
	ASSERT_EQ(0, forbid(NR_getres64));
	EXPECT_EQ(0, call->gettime32(~getpid() << 3 | 2, &ts));
	EXPECT_EQ(0, call->gettime32(CLOCK_MONOTONIC, &ts));
	EXPECT_EQ(0, call->getres32(~getpid() << 3 | 2, &ts));
	EXPECT_EQ(0, call->gettimeofday32(&tv, NULL));
}

/* Run helpers/inherited.c, of @name, which is in the folder of this program. */
static int run_inherited(const char *name, const char *class, const char *argument)
{
	char path[2][256];
	ssize_t length = readlink("/proc/self/exe", path[0], sizeof(path[0]) - 32);
	pid_t pid;
	int i;

	if (length < 0)
		return -1;
	path[0][length] = '\0';
	*strrchr(path[0], '/') = '\0';
	strcpy(path[1], path[0]);
	strcat(strcat(path[0], "/"), name);
	strcat(strcat(path[1], "/"), argument);
	i = argument[0] >= '0' && argument[0] <= '9';
	pid = fork();
	if (!pid) {
		execl(path[0], path[0], class, i ? argument : path[1], NULL);
		_exit(127);
	}
	return wait_for_child(pid);
}

TEST_F(ia32, a_file_keeps_the_image_of_its_opener)
{
	int fd = dup(mapped.fd);	/* which is not closed by execve() */
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	EXPECT_EQ(0, run_inherited("inherited32", "1", number));
	EXPECT_EQ(0, run_inherited("inherited", "1", number));
	EXPECT_EQ(0, run_inherited("inherited", "2", "inherited32"));
	EXPECT_EQ(0, run_inherited("inherited32", "1", "inherited"));
	close(fd);
}

TEST(an_unprivileged_32_bit_process_can_read_the_clocks)
{
	int64_t before, now, after;

	ASSERT_EQ(0, setgid(65534));
	ASSERT_EQ(0, setuid(65534));
	ASSERT_EQ(0, map_ia32(&mapped));
	before = kernel_ns(CLOCK_BOOTTIME);
	now = call->now_ns(CLOCK_BOOTTIME);
	after = kernel_ns(CLOCK_BOOTTIME);
	EXPECT_LE(before - 1000000, now);
	EXPECT_GE(after + 1000000, now);
}

TEST_HARNESS_MAIN
