// SPDX-License-Identifier: GPL-2.0
/* The offset between the counters of CPU 1 and CPU 0, measured by the kernel's clock. */
#include "fake_machine.h"
#include "cpu_offset.h"

#include "kselftest_harness.h"

FIXTURE(offset)
{
	int unused;
};

FIXTURE_VARIANT(offset)
{
	double hz;
	unsigned int shift;
};

FIXTURE_VARIANT_ADD(offset, hpet) { .hz = 14318180, .shift = 24 };
FIXTURE_VARIANT_ADD(offset, acpi_pm) { .hz = 3579545, .shift = 22 };
FIXTURE_VARIANT_ADD(offset, jiffies) { .hz = 250, .shift = 8 };

FIXTURE_SETUP(offset)
{
	new_machine(variant->hz, variant->shift);
}

FIXTURE_TEARDOWN(offset)
{
}

/* Pairs are up to 20 ms apart, as on a busy machine. All counters jump by @jump after the first. */
static int measure(struct interval *measured, __s64 jump)
{
	struct steer_pair first, ours, last;
	int cpu;

	machine.now += below(10 * MS);
	tick(0, machine.mult);
	/* The update may have followed a jump, and forgotten the other CPUs. */
	cpus.offset[1] = 0;
	first = make_pair(0);
	machine.now += below(10 * MS);
	for (cpu = 0; cpu < CPUS; cpu++)
		machine.counters[cpu].offset += (__u64)jump;
	ours = make_pair(1);
	machine.now += below(10 * MS);
	last = make_pair(0);
	return fastvdso_cpu_offset_measure(&first, &ours, &last, fastvdso_steer_resolution(&steer) *
					   (__s64)(machine.counters[0].hz / 1e9 + 1), measured);
}

TEST_F(offset, an_offset_measured_by_the_clock_is_within_its_limits)
{
	struct interval known = { -INT64_MAX / 2, INT64_MAX / 2 }, a, b;
	int told = 0, wrong = 0, i;
	__s64 offset;

	tick(0, machine.mult);
	machine.counters[1].offset = random64() >> 4;
	offset = (__s64)(machine.counters[0].offset - machine.counters[1].offset);
	for (i = 0; i < 10000; i++) {
		if (!measure(&a, 0) || !measure(&b, 0))
			continue;
		told++;
		wrong += offset < a.lo || a.hi < offset || offset < b.lo || b.hi < offset;
		fastvdso_cpu_offset_cut(&known, a, b);
	}
	EXPECT_LT(0, told);
	EXPECT_EQ(0, wrong);
	EXPECT_LE(known.lo, offset);
	EXPECT_LE(offset, known.hi);
	/* The duration of two pairs, plus the resolution of the clocksource. */
	EXPECT_GT(5000 + 8 * (double)fastvdso_steer_resolution(&steer) * 2.45, (double)(known.hi - known.lo));
}

/* The jumps are of any size, because a wrong offset is worse than none. */
TEST_F(offset, a_counter_that_jumps_during_a_measurement_does_not_narrow_the_limits_wrongly)
{
	__s64 offset;
	int misled = 0, harmed = 0, i;

	tick(0, machine.mult);
	for (i = 0; i < 10000; i++) {
		struct interval known = { -INT64_MAX / 2, INT64_MAX / 2 }, a, b;
		__s64 jump = (__s64)below(2ull << below(32)) * (below(2) ? 1 : -1);
		int which = i & 1;

		if (!measure(&a, which ? jump : 0) || !measure(&b, which ? 0 : jump))
			continue;
		offset = (__s64)(machine.counters[0].offset - machine.counters[1].offset);
		misled += offset < a.lo || a.hi < offset || offset < b.lo || b.hi < offset;
		fastvdso_cpu_offset_cut(&known, a, b);
		harmed += offset < known.lo || known.hi < offset;
	}
	if (variant->hz > 1000)
		EXPECT_LT(0, misled);
	EXPECT_EQ(0, harmed);
}

TEST_HARNESS_MAIN
