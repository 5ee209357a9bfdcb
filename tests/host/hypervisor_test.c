// SPDX-License-Identifier: GPL-2.0
/*
 * The clocks of hypervisors, compared with the published formulas on made pages, and with pages that
 * change while they are read.
 */
#include "formulas.h"
#include "fake_page.h"

#include "kselftest_harness.h"

static struct fastvdso_pvclock pvclock;
static struct fastvdso_hvclock hvclock;

static const struct fastvdso_source by_pvclock = {
	.page = &page, .mode = FASTVDSO_CLOCK_PVCLOCK, .mode_page = &pvclock,
};

static const struct fastvdso_source by_hvclock = {
	.page = &page, .mode = FASTVDSO_CLOCK_HVCLOCK, .mode_page = &hvclock,
};

static __u64 pvclock_reference(__u64 tsc)
{
	return pvclock_formula(&pvclock, tsc);
}

static __u64 hvclock_reference(__u64 tsc)
{
	return hvclock_formula(&hvclock, tsc);
}

static void fill_pvclock(void)
{
	pvclock.version = (__u32)random64() & ~1u;
	pvclock.tsc_timestamp = random64();
	pvclock.system_time = random64() >> 1;
	pvclock.tsc_to_system_mul = (__u32)random64();
	pvclock.tsc_shift = (__s8)((int)below(127) - 63);
	pvclock.flags = (__u8)random64() | FASTVDSO_PVCLOCK_TSC_STABLE;
}

static void fill_hvclock(void)
{
	hvclock.tsc_sequence = (__u32)random64() | 1;
	hvclock.tsc_scale = random64();
	hvclock.tsc_offset = (__s64)random64();
}

/* The counter that the reader returns, or ~0 if it returns none. */
static __u64 read_hypervisor(const struct fastvdso_source *source)
{
	struct fastvdso_counter counter;

	return fastvdso_read_counter(source, &counter, NULL) ? fastvdso_counter_value(counter) : ~0ull;
}

static __u64 read_pvclock(void)
{
	return read_hypervisor(&by_pvclock);
}

static __u64 read_hvclock(void)
{
	return read_hypervisor(&by_hvclock);
}

TEST(random_pages_match_the_published_formulas)
{
	int i;

	for (i = 0; i < 1000000; i++) {
		fake_counter = random64() >> below(64);
		fill_pvclock();
		ASSERT_EQ(pvclock_reference(fake_counter), read_pvclock());
		fill_hvclock();
		ASSERT_EQ(hvclock_reference(fake_counter), read_hvclock());
	}
}

TEST(extremes_match_the_published_formulas)
{
	static const __u64 values[] = { 0, 1, 0xffffffff, 0x100000000, 1ull << 63, ~0ull };
	static const __s8 shifts[] = { -63, -32, -1, 0, 1, 32, 63 };
	size_t a, b, c;

	pvclock.flags = FASTVDSO_PVCLOCK_TSC_STABLE;
	hvclock.tsc_sequence = 1;
	for (a = 0; a < COUNT(values); a++)
		for (b = 0; b < COUNT(values); b++)
			for (c = 0; c < COUNT(shifts); c++) {
				fake_counter = values[a];
				pvclock.tsc_timestamp = pvclock.system_time = values[b];
				pvclock.tsc_to_system_mul = (__u32)values[(a + b + c) % COUNT(values)];
				pvclock.tsc_shift = shifts[c];
				EXPECT_EQ(pvclock_reference(fake_counter), read_pvclock());
				hvclock.tsc_scale = values[b];
				hvclock.tsc_offset = (__s64)values[c % COUNT(values)];
				EXPECT_EQ(hvclock_reference(fake_counter), read_hvclock());
			}
}

/* The parameters that KVM computes for these host frequencies (kvm_get_time_scale()), and Hyper-V's. */
TEST(one_second_of_cycles_reads_as_one_second)
{
	static const struct {
		__u64 hz;
		__u32 mul;
		__s8 shift;
	} hosts[] = {
		{ 1000000000, 0x80000000, 1 },
		{ 1500000000, 2863311530u, 0 },
		{ 2000000000, 0x80000000, 0 },
		{ 2500000000, 3435973836u, -1 },
		{ 3000000000, 2863311530u, -1 },
		{ 4200000000, 4090445043u, -2 },
	};
	size_t i;

	for (i = 0; i < COUNT(hosts); i++) {
		pvclock = (struct fastvdso_pvclock) {
			.version = 2, .tsc_timestamp = 12345678901, .system_time = 5000000000,
			.tsc_to_system_mul = hosts[i].mul, .tsc_shift = hosts[i].shift,
			.flags = FASTVDSO_PVCLOCK_TSC_STABLE,
		};
		fake_counter = pvclock.tsc_timestamp;
		EXPECT_EQ(5000000000, read_pvclock());
		fake_counter += hosts[i].hz;
		EXPECT_LE(5999999998, read_pvclock());
		EXPECT_GE(6000000000, read_pvclock());
		hvclock.tsc_sequence = 1;
		hvclock.tsc_scale = (__u64)(((u128)10000000 << 64) / hosts[i].hz);
		hvclock.tsc_offset = -3;
		fake_counter = 1000 * hosts[i].hz;
		EXPECT_LE(10000000000 - 4, read_hvclock());
		EXPECT_GE(10000000000 - 3, read_hvclock());
	}
}

static const struct fastvdso_source try_pvclock = {
	.page = &page, .mode = FASTVDSO_CLOCK_PVCLOCK, .mode_page = &pvclock, .single_attempt = 1,
};

static const struct fastvdso_source try_hvclock = {
	.page = &page, .mode = FASTVDSO_CLOCK_HVCLOCK, .mode_page = &hvclock, .single_attempt = 1,
};

/* By the image's fast path. */
static int read_at_once(const struct fastvdso_source *source, __s32 id, struct fastvdso_reading *now)
{
	ns.flags = FASTVDSO_NS_HYPERVISOR;
	if (source->mode == FASTVDSO_CLOCK_HVCLOCK)
		return fastvdso_read_hypervisor_clock(&try_hvclock, &ns, id, now);
	return fastvdso_read_hypervisor_clock(&try_pvclock, &ns, id, now);
}

static int gives(const struct fastvdso_reading *now, s128 wanted)
{
	return now->sec * (s128)1000000000 + (s128)now->nsec + (s128)now->elapsed == wanted;
}

/* The hypervisor's page gives the counter, and the time page converts it to each fine clock. */
static int every_clock_follows(const struct fastvdso_source *source, struct fastvdso_update *update,
			       __u64 counter)
{
	struct fastvdso_reading now;
	__u64 delta = below(1ull << 32);
	size_t i;

	if (delta > update->hres.clock.max_delta)
		delta = update->hres.clock.max_delta;
	update->hres.clock.clock_mode = update->raw.clock.clock_mode = (__u8)source->mode;
	move_clock(&update->hres.clock, counter - delta);
	move_clock(&update->raw.clock, counter - delta);
	publish(update);
	for (i = 0; i < COUNT(fine); i++)
		if (!fastvdso_read_clock(source, &ns, fine[i], &now, NULL) ||
		    !gives(&now, reference(update, fine[i], delta)) ||
		    !read_at_once(source, fine[i], &now) || !gives(&now, reference(update, fine[i], delta)))
			return 0;
	return 1;
}

TEST(every_clock_matches_the_hypervisors_on_random_pages)
{
	struct fastvdso_update update;
	int i;

	for (i = 0; i < 100000; i++) {
		fake_counter = random64();
		fill_pvclock();
		fill_hvclock();
		fill_update(&update, (__u32)random64(), (__u8)below(33));
		ASSERT_TRUE(every_clock_follows(&by_pvclock, &update, pvclock_reference(fake_counter)));
		ASSERT_TRUE(every_clock_follows(&by_hvclock, &update, hvclock_reference(fake_counter)));
	}
}

/* As in the kernel's clocksource, the difference wraps, so the counter is far behind cycle_last. */
TEST(a_tsc_before_the_timestamp_reads_as_the_last_update)
{
	struct fastvdso_update update;
	struct fastvdso_reading now;
	int i;

	for (i = 0; i < 100000; i++) {
		fill_pvclock();
		pvclock.tsc_to_system_mul |= 0x80000000;	/* as KVM always sets it */
		pvclock.tsc_shift = 0;
		fill_update(&update, 1u << 24, 24);
		update.hres.clock.clock_mode = update.raw.clock.clock_mode = FASTVDSO_CLOCK_PVCLOCK;
		move_clock(&update.hres.clock, pvclock.system_time);
		move_clock(&update.raw.clock, pvclock.system_time);
		publish(&update);
		fake_counter = pvclock.tsc_timestamp - 1 - below(1ull << 32);
		ASSERT_EQ(1, fastvdso_read_clock(&by_pvclock, &ns, FASTVDSO_MONOTONIC, &now, NULL));
		ASSERT_TRUE(now.sec * (s128)1000000000 + (s128)now.nsec + (s128)now.elapsed ==
			    reference(&update, FASTVDSO_MONOTONIC, 0));
	}
}

/* How often the counter was read; the page changes at the first `changes` reads. */
static int reads, changes;

static __u64 read_while(void (*hook)(void), __u64 (*read)(void))
{
	__u64 got;

	reads = 0;
	while_reading = hook;
	got = read();
	while_reading = NULL;
	return got;
}

/* Begin an update at odd reads and end it at even ones, like a hypervisor on another CPU. */
static void update_pvclock_in_two_steps(void)
{
	__u32 version = pvclock.version;

	fake_counter += 1000;
	if (reads++ >= changes)
		return;
	fill_pvclock();
	pvclock.version = version + 1;
	if (version & 1)
		pvclock.flags |= FASTVDSO_PVCLOCK_TSC_STABLE;
}

static void update_hvclock(void)
{
	__u32 sequence = hvclock.tsc_sequence;

	fake_counter += 1000;
	if (reads++ >= changes)
		return;
	fill_hvclock();
	hvclock.tsc_sequence = sequence + 1 ? sequence + 1 : 1;
}

TEST(a_changing_page_is_read_again_until_stable)
{
	__u64 got;

	for (changes = 0; changes < 200; changes += 2) {
		fill_pvclock();
		got = read_while(update_pvclock_in_two_steps, read_pvclock);
		EXPECT_EQ(changes + 1, reads);
		EXPECT_EQ(0, pvclock.version & 1);
		ASSERT_EQ(pvclock_reference(fake_counter - 1000), got);
	}
	for (changes = 0; changes < 200; changes++) {
		fill_hvclock();
		got = read_while(update_hvclock, read_hvclock);
		EXPECT_EQ(changes + 1, reads);
		ASSERT_EQ(hvclock_reference(fake_counter - 1000), got);
	}
}

/* A long update, which began before the first read and ends at the fourth. */
static void end_update_of_pvclock(void)
{
	fake_counter += 1000;
	if (++reads != 4)
		return;
	fill_pvclock();
	pvclock.version = 8;
}

static void stop_serving(void)
{
	pvclock.version += 2;
	pvclock.flags &= (__u8)~FASTVDSO_PVCLOCK_TSC_STABLE;
	hvclock.tsc_sequence = 0;
}

static struct fastvdso_update latest;

static void update_the_time_page(void)
{
	publish(&latest);
}

static void end_the_mode(void)
{
	latest.hres.clock.clock_mode = FASTVDSO_CLOCK_NONE;
	publish(&latest);
}

/* An update that ends after the attempt. */
static void begin_to_update_the_time_page(void)
{
	page.hres[0].clock.seq |= 1;
}

static void go_behind(void)
{
	pvclock.system_time -= 1000000000;
	hvclock.tsc_offset -= 10000000;
}

/* Whether a single attempt succeeds while something happens. Before and after it succeeds. */
static int survives(const struct fastvdso_source *source, void (*hook)(void))
{
	struct fastvdso_reading now;
	int before, during;

	fill_pvclock();
	fill_hvclock();
	fake_counter = random64();
	reads = 0;
	changes = 2;
	fill_update(&latest, 1u << 24, 24);
	latest.hres.clock.clock_mode = (__u8)source->mode;
	move_clock(&latest.hres.clock, read_hypervisor(source));
	publish(&latest);
	before = read_at_once(source, FASTVDSO_MONOTONIC, &now);
	while_reading = hook;
	during = read_at_once(source, FASTVDSO_MONOTONIC, &now);
	while_reading = NULL;
	page.hres[0].clock.seq &= ~1u;
	return before ? during : -1;
}

/* The caller then retries, or makes the system call. */
TEST(a_single_attempt_fails_if_either_page_changes)
{
	EXPECT_EQ(0, survives(&by_pvclock, update_pvclock_in_two_steps));
	EXPECT_EQ(0, survives(&by_pvclock, stop_serving));
	EXPECT_EQ(0, survives(&by_hvclock, update_hvclock));
	EXPECT_EQ(0, survives(&by_hvclock, stop_serving));
	EXPECT_EQ(0, survives(&by_pvclock, update_the_time_page));
	EXPECT_EQ(0, survives(&by_hvclock, update_the_time_page));
	EXPECT_EQ(0, survives(&by_pvclock, begin_to_update_the_time_page));
	EXPECT_EQ(0, survives(&by_hvclock, begin_to_update_the_time_page));
	EXPECT_EQ(0, survives(&by_pvclock, end_the_mode));
	EXPECT_EQ(0, survives(&by_hvclock, end_the_mode));
	EXPECT_EQ(0, survives(&by_pvclock, go_behind));
	EXPECT_EQ(0, survives(&by_hvclock, go_behind));
	EXPECT_EQ(1, survives(&by_pvclock, NULL));
	EXPECT_EQ(1, survives(&by_hvclock, NULL));
}

TEST(a_page_being_written_is_not_used)
{
	__u64 got;

	fill_pvclock();
	pvclock.version = 7;
	got = read_while(end_update_of_pvclock, read_pvclock);
	EXPECT_EQ(5, reads);
	EXPECT_EQ(pvclock_reference(fake_counter - 1000), got);
}

/* Both counts wrap, Hyper-V's to 1, because 0 means invalid. 0xffffffff has no special meaning. */
TEST(the_last_count_before_wrapping_is_handled)
{
	fill_pvclock();
	fill_hvclock();
	pvclock.version = 0xfffffffe;
	EXPECT_EQ(pvclock_reference(fake_counter), read_pvclock());
	hvclock.tsc_sequence = 0xffffffff;
	EXPECT_EQ(hvclock_reference(fake_counter), read_hvclock());
	changes = 2;
	read_while(update_pvclock_in_two_steps, read_pvclock);
	EXPECT_EQ(0, pvclock.version);
	EXPECT_EQ(3, reads);
}

TEST(an_invalid_page_gives_no_counter)
{
	struct fastvdso_reading now;
	struct fastvdso_update update;
	struct fastvdso_counter counter;

	fill_update(&update, 1u << 24, 24);
	fill_pvclock();
	fill_hvclock();
	while_reading = stop_serving;
	EXPECT_EQ(~0ull, read_pvclock());
	fill_hvclock();
	EXPECT_EQ(~0ull, read_hvclock());
	while_reading = NULL;
	/* The rest of the page does not matter then. */
	pvclock.flags = (__u8)~FASTVDSO_PVCLOCK_TSC_STABLE;
	hvclock.tsc_sequence = 0;
	EXPECT_EQ(~0ull, read_pvclock());
	EXPECT_EQ(~0ull, read_hvclock());
	update.hres.clock.clock_mode = FASTVDSO_CLOCK_PVCLOCK;
	publish(&update);
	EXPECT_EQ(0, fastvdso_read_clock(&by_pvclock, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	update.hres.clock.clock_mode = FASTVDSO_CLOCK_HVCLOCK;
	publish(&update);
	EXPECT_EQ(0, fastvdso_read_clock(&by_hvclock, &ns, FASTVDSO_MONOTONIC, &now, NULL));
	EXPECT_EQ(1, fastvdso_read_clock(&by_hvclock, &ns, FASTVDSO_MONOTONIC_COARSE, &now, NULL));
	/* Other modes have no page. */
	fill_pvclock();
	EXPECT_EQ(1, fastvdso_arch_hypervisor_counter(FASTVDSO_CLOCK_NONE, &pvclock, 0, NULL,
						      &counter).invalid);
	EXPECT_EQ(1, fastvdso_arch_hypervisor_counter(5, &pvclock, 0, NULL, &counter).invalid);
}

TEST_HARNESS_MAIN
