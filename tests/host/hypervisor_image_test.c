// SPDX-License-Identifier: GPL-2.0
/* The image with a hypervisor's clock, whose page the test makes. */
#define _GNU_SOURCE
#include "map.h"

#include <pthread.h>

#include "kselftest_harness.h"
#include "mapped_image.h"

FIXTURE(hypervisor)
{
	struct fastvdso_update update;
};

FIXTURE_VARIANT(hypervisor)
{
	__u8 clock_mode;
};

FIXTURE_VARIANT_ADD(hypervisor, pvclock) { .clock_mode = FASTVDSO_CLOCK_PVCLOCK };
FIXTURE_VARIANT_ADD(hypervisor, hvclock) { .clock_mode = FASTVDSO_CLOCK_HVCLOCK };

/* The pages of a host with a TSC of 3 GHz. */
static const __u64 pv_mul = 2863311530, hv_scale = ((unsigned __int128)10000000 << 64) / 3000000000u;
static __u64 pv_timestamp;

static __u64 hypervisors(__u8 clock_mode, __u64 tsc)
{
	if (clock_mode == FASTVDSO_CLOCK_PVCLOCK)
		return 777000000000 + (__u64)((unsigned __int128)((tsc - pv_timestamp) / 2) * pv_mul >> 32);
	return (__u64)((unsigned __int128)tsc * hv_scale >> 64) - 5000;
}

static void fill_hypervisor(__u8 clock_mode)
{
	struct fastvdso_pvclock *pvclock = hypervisor;
	struct fastvdso_hvclock *hvclock = hypervisor;

	memset(hypervisor, 0, PAGE);
	if (clock_mode == FASTVDSO_CLOCK_PVCLOCK)
		*pvclock = (struct fastvdso_pvclock) {
			.version = 6, .tsc_timestamp = pv_timestamp, .system_time = 777000000000,
			.tsc_to_system_mul = (__u32)pv_mul, .tsc_shift = -1,
			.flags = FASTVDSO_PVCLOCK_TSC_STABLE,
		};
	else
		*hvclock = (struct fastvdso_hvclock) {
			.tsc_sequence = 0xffffffff, .tsc_scale = hv_scale, .tsc_offset = -5000,
		};
}

FIXTURE_SETUP(hypervisor)
{
	void *code = map_image();

	ASSERT_NE(NULL, code);
	ASSERT_EQ(0, seal_image(code));
	pv_timestamp = fastvdso_arch_counter();
	fill_hypervisor(variant->clock_mode);
	fill_update(&self->update, variant->clock_mode,
		    hypervisors(variant->clock_mode, fastvdso_arch_counter()));
	fastvdso_latch_write(page, &self->update, 1);
	fill_namespace();
	ns->flags = FASTVDSO_NS_HYPERVISOR;
}

FIXTURE_TEARDOWN(hypervisor)
{
}

TEST_F(hypervisor, every_clock_lies_between_two_values_of_the_formula)
{
	const struct fastvdso_update *update = &self->update;
	__u8 mode = variant->clock_mode;
	size_t i, round;

	for (round = 0; round < 20000; round++)
		for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
			int64_t before, first, second, third, after;
			uint64_t bound = 99;

			before = clock_at(update, fine[i], hypervisors(mode, fastvdso_arch_counter()));
			first = image.now_ns(fine[i]);
			second = by_clock_gettime(fine[i]);
			third = image.now_ns_bound(fine[i], &bound);
			after = clock_at(update, fine[i], hypervisors(mode, fastvdso_arch_counter()));
			ASSERT_LE(before, first);
			ASSERT_LE(first, second);
			ASSERT_LE(second, third);
			ASSERT_LE(third, after);
			ASSERT_EQ(0, bound);
		}
	EXPECT_LE(clock_at(update, CLOCK_REALTIME, 0) / 1000000000, by_gettimeofday() / 1000000000);
	EXPECT_FALSE(is_the_kernels(by_gettimeofday()));
}

TEST_F(hypervisor, ticks_lie_between_two_values_of_the_formula)
{
	__u8 mode = variant->clock_mode;
	__u64 before, ticks, after;
	int round;

	for (round = 0; round < 20000; round++) {
		before = hypervisors(mode, fastvdso_arch_counter());
		ticks = image.ticks();
		after = hypervisors(mode, fastvdso_arch_counter());
		ASSERT_LE(before, ticks);
		ASSERT_LE(ticks, after);
	}
	ns->flags = 0;
	EXPECT_EQ(0, image.ticks());
	ns->flags = FASTVDSO_NS_HYPERVISOR;
	memset(hypervisor, 0, PAGE);
	EXPECT_EQ(0, image.ticks());
}

/*
 * A thread that alternates between states of both pages that give the same times. A reading from parts
 * of two states is off by more than half a second, and one in STATES reads finds no valid page.
 */
#define STATES	5

static struct fastvdso_update states[2];
static __u8 writer_mode;
static int stop;

static void write_hypervisor(unsigned int state)
{
	struct fastvdso_pvclock *pvclock = hypervisor;
	struct fastvdso_hvclock *hvclock = hypervisor;
	__u64 parts;

	if (writer_mode == FASTVDSO_CLOCK_PVCLOCK) {
		fastvdso_store(pvclock->version, pvclock->version + 1);
		fastvdso_arch_wmb();
		/* 2^32 cycles after the right shift are exactly pv_mul nanoseconds. */
		fastvdso_store(pvclock->tsc_timestamp, pv_timestamp - (state & 1 ? 1ull << 33 : 0));
		fastvdso_store(pvclock->system_time, 777000000000 - (state & 1 ? pv_mul : 0));
		fastvdso_store(pvclock->flags, state ? FASTVDSO_PVCLOCK_TSC_STABLE : 0);
		fastvdso_arch_wmb();
		fastvdso_store(pvclock->version, pvclock->version + 1);
		return;
	}
	/* A faster clock with a lower offset, which is equal at about now. */
	parts = (__u64)((unsigned __int128)pv_timestamp * hv_scale >> 64);
	fastvdso_store(hvclock->tsc_sequence, 0);
	fastvdso_arch_wmb();
	fastvdso_store(hvclock->tsc_scale, state & 1 ? hv_scale + hv_scale / 1024 : hv_scale);
	fastvdso_store(hvclock->tsc_offset, -5000 - (__s64)(state & 1 ? parts / 1024 : 0));
	fastvdso_arch_wmb();
	if (state)
		fastvdso_store(hvclock->tsc_sequence, 1 + state);
}

static void *write_both_pages(void *unused)
{
	unsigned int i;

	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		write_hypervisor(i % STATES);
		fastvdso_latch_write(page, &states[i / 3 % 2], 0);
	}
	write_hypervisor(2);
	return NULL;
}

static int64_t real_by_formula(const struct fastvdso_update *update, __u8 mode)
{
	return clock_at(update, CLOCK_REALTIME, hypervisors(mode, fastvdso_arch_counter()));
}

TEST_F(hypervisor, a_reading_is_never_made_of_two_states_of_a_page)
{
	unsigned long own = 0, kernels = 0, wrong = 0, round;
	int64_t before, nsec, after;
	pthread_t writer;

	states[0] = states[1] = self->update;
	/* The same time with one second less and 10^9 nanoseconds more. */
	states[1].hres.real_sec--;
	states[1].hres.clock.addend += 1000000000ull << states[1].hres.clock.shift;
	writer_mode = variant->clock_mode;
	stop = 0;
	ASSERT_EQ(0, pthread_create(&writer, NULL, write_both_pages, NULL));
	/* The writer may have to wait for a CPU. */
	for (round = 0; round < 300000 || own < 1000 || kernels < 10; round++) {
		before = real_by_formula(&self->update, variant->clock_mode);
		nsec = round % 3 == 0 ? image.now_ns(CLOCK_REALTIME) : round % 3 == 1 ?
		       by_clock_gettime(CLOCK_REALTIME) : image.now_ns_unordered(CLOCK_REALTIME);
		after = real_by_formula(&self->update, variant->clock_mode);
		if (nsec >= before - 400000000 && nsec <= after + 400000000)
			own++;
		else if (is_the_kernels(nsec))
			kernels++;
		else
			wrong++;
	}
	stop = 1;
	pthread_join(writer, NULL);
	TH_LOG("%lu readings from the pages, %lu system calls", own, kernels);
	EXPECT_EQ(0, wrong);
	EXPECT_FALSE(is_the_kernels(image.now_ns(CLOCK_REALTIME)));
}

/* Past max_delta, after a long sleep, and with a counter behind. */
TEST_F(hypervisor, a_counter_far_from_the_last_update_reads_as_in_the_kernel)
{
	struct fastvdso_update *update = &self->update;
	int64_t before, got;

	update->hres.clock.cycle_last -= 1ull << 38;
	fastvdso_latch_write(page, update, 1);
	before = clock_at(update, CLOCK_MONOTONIC, hypervisors(variant->clock_mode, fastvdso_arch_counter()));
	got = image.now_ns(CLOCK_MONOTONIC);
	EXPECT_LE(before, got);
	EXPECT_GE(clock_at(update, CLOCK_MONOTONIC,
			   hypervisors(variant->clock_mode, fastvdso_arch_counter())), got);
	update->hres.clock.cycle_last += 1ull << 40;
	fastvdso_latch_write(page, update, 1);
	EXPECT_EQ(clock_at(update, CLOCK_MONOTONIC, 0), image.now_ns(CLOCK_MONOTONIC));
	EXPECT_EQ(clock_at(update, CLOCK_MONOTONIC, 0), by_clock_gettime(CLOCK_MONOTONIC));
}

/* All calls except those for coarse clocks are system calls. */
#define EXPECT_SYSTEM_CALLS() do {					\
	uint64_t bound_ = 99;						\
	EXPECT_TRUE(is_the_kernels(image.now_ns(CLOCK_REALTIME)));	\
	EXPECT_TRUE(is_the_kernels(image.now_ns_bound(CLOCK_REALTIME, &bound_)));	\
	EXPECT_EQ(0, bound_);						\
	EXPECT_TRUE(is_the_kernels(by_clock_gettime(CLOCK_REALTIME)));	\
	EXPECT_TRUE(is_the_kernels(by_gettimeofday()));			\
	EXPECT_EQ(1000000000001, image.now_ns(CLOCK_REALTIME_COARSE));	\
} while (0)

TEST_F(hypervisor, without_the_flag_the_hypervisors_page_is_not_read)
{
	ASSERT_EQ(0, mprotect(hypervisor, PAGE, PROT_NONE));
	ns->flags = 0;
	EXPECT_SYSTEM_CALLS();
	ns->flags = FASTVDSO_NS_STEERED;
	EXPECT_SYSTEM_CALLS();
}

TEST_F(hypervisor, in_another_mode_the_hypervisors_page_is_not_read)
{
	static const __u8 others[] = { FASTVDSO_CLOCK_NONE, FASTVDSO_CLOCK_STEERED, 5, 255 };
	struct fastvdso_update *update = &self->update;
	size_t i;

	ASSERT_EQ(0, mprotect(hypervisor, PAGE, PROT_NONE));
	for (i = 0; i < sizeof(others); i++) {
		update->hres.clock.clock_mode = update->raw.clock.clock_mode = others[i];
		fastvdso_latch_write(page, update, 1);
		EXPECT_SYSTEM_CALLS();
	}
	update->hres.clock.clock_mode = FASTVDSO_CLOCK_COUNTER;
	move_clock(&update->hres.clock, fastvdso_arch_counter());
	fastvdso_latch_write(page, update, 1);
	EXPECT_FALSE(is_the_kernels(image.now_ns(CLOCK_REALTIME)));
}

TEST_F(hypervisor, an_invalid_page_falls_back_to_the_system_call)
{
	struct fastvdso_pvclock *pvclock = hypervisor;
	struct fastvdso_hvclock *hvclock = hypervisor;

	if (variant->clock_mode == FASTVDSO_CLOCK_PVCLOCK)
		pvclock->flags = (__u8)~FASTVDSO_PVCLOCK_TSC_STABLE;
	else
		hvclock->tsc_sequence = 0;
	EXPECT_SYSTEM_CALLS();
	fill_hypervisor(variant->clock_mode);
	EXPECT_FALSE(is_the_kernels(image.now_ns(CLOCK_REALTIME)));
}

TEST_HARNESS_MAIN
