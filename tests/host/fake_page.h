/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reader with a counter that the test sets, pages with random contents, and a reference for
 * every clock.
 */
#ifndef FASTVDSO_FAKE_PAGE_H
#define FASTVDSO_FAKE_PAGE_H

#include <linux/types.h>
#include <string.h>

#include "fake_counter.h"

/* The hypervisor's clock reads the fake counter, unless the test includes the real formulas. */
#ifndef fastvdso_arch_hypervisor_counter
#define fastvdso_arch_hypervisor_counter fastvdso_arch_hypervisor_counter
static inline struct fastvdso_hypervisor_failure
fastvdso_arch_hypervisor_counter(__u32 mode, const void *page, int unordered, __u32 *cpunode,
				 struct fastvdso_counter *counter)
{
	(void)mode;
	*counter = cpunode ? fastvdso_arch_counter_cpunode(cpunode) : fastvdso_arch_counter_halves();
	return (struct fastvdso_hypervisor_failure) { .invalid = !page };
}
#endif

#include "move_clock.h"
#include "random_numbers.h"
#include "reader.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

static struct fastvdso_time_page page;
static struct fastvdso_ns_page ns;

static const struct fastvdso_source by_counter = { .page = &page, .mode = FASTVDSO_CLOCK_COUNTER };

static const __s32 fine[] = { FASTVDSO_REALTIME, FASTVDSO_MONOTONIC, FASTVDSO_MONOTONIC_RAW,
			      FASTVDSO_BOOTTIME, FASTVDSO_TAI };
static const __s32 coarse[] = { FASTVDSO_REALTIME_COARSE, FASTVDSO_MONOTONIC_COARSE };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fill_clock(struct fastvdso_clock *clock, __u32 mult, __u8 shift, __u64 cycle_last)
{
	clock->mult = mult;
	clock->shift = shift;
	fastvdso_clock_set(clock, cycle_last,
			   below(1000000000) << shift | (shift ? random64() >> (64 - shift) : 0));
	clock->max_delta = ~0u;
	clock->clock_mode = FASTVDSO_CLOCK_COUNTER;
}

/* An update with random values in the valid range of each field. */
static inline void fill_update(struct fastvdso_update *update, __u32 mult, __u8 shift)
{
	memset(update, 0, sizeof(*update));
	fill_clock(&update->hres.clock, mult, shift, random64());
	fill_clock(&update->raw.clock, mult ^ 1, shift, update->hres.clock.cycle_last);
	update->hres.real_sec = (__s64)below(8000000000);
	update->hres.mono_sec = (__s64)below(1000000000);
	update->hres.mono_nsec = (__u32)below(1000000000);
	update->hres.boot_sec = (__u32)below(100000000);
	update->hres.boot_nsec = (__u32)below(1000000000);
	update->hres.tai_offset = (__s32)below(200001) - 100000;
	update->raw.raw_sec = (__s64)below(1000000000);
	update->raw.real_coarse_sec = update->hres.real_sec;
	update->raw.real_coarse_nsec = (__u32)below(1000000000);
	update->raw.mono_coarse_sec = update->hres.mono_sec;
	update->raw.mono_coarse_nsec = (__u32)below(1000000000);
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = ~0ull / (mult ? mult : 1) / 2;
	strcpy(update->clocksource.name, "fake");
	if (update->clocksource.max_cycles < ~0u)
		update->hres.clock.max_delta = update->raw.clock.max_delta =
			(__u32)update->clocksource.max_cycles;
}

static __attribute__((__unused__)) void publish(const struct fastvdso_update *update)
{
	fastvdso_latch_write(&page, update, 1);
}

/* The clock by the kernel's formula, in integers that do not overflow. */
static s128 reference(const struct fastvdso_update *u, __s32 id, __u64 delta)
{
	const s128 second = 1000000000;
	s128 elapsed = (s128)(((u128)delta * u->hres.clock.mult + fastvdso_clock_nsec(&u->hres.clock)) >>
			      u->hres.clock.shift);
	s128 mono = u->hres.mono_sec * second + u->hres.mono_nsec;

	switch (id) {
	case FASTVDSO_REALTIME:
		return u->hres.real_sec * second + elapsed;
	case FASTVDSO_TAI:
		return (u->hres.real_sec + u->hres.tai_offset) * second + elapsed;
	case FASTVDSO_MONOTONIC:
		return mono + elapsed + ns.mono_sec * second + ns.mono_nsec;
	case FASTVDSO_BOOTTIME:
		return mono + elapsed + u->hres.boot_sec * second + u->hres.boot_nsec +
		       ns.boot_sec * second + ns.boot_nsec;
	case FASTVDSO_MONOTONIC_RAW:
		elapsed = (s128)(((u128)delta * u->raw.clock.mult + fastvdso_clock_nsec(&u->raw.clock)) >>
				 u->raw.clock.shift);
		return u->raw.raw_sec * second + elapsed + ns.mono_sec * second + ns.mono_nsec;
	case FASTVDSO_REALTIME_COARSE:
		return u->raw.real_coarse_sec * second + u->raw.real_coarse_nsec;
	case FASTVDSO_MONOTONIC_COARSE:
		return u->raw.mono_coarse_sec * second + u->raw.mono_coarse_nsec +
		       ns.mono_sec * second + ns.mono_nsec;
	}
	return -1;
}

static s128 read_page(__s32 id)
{
	struct fastvdso_reading now;

	if (!fastvdso_read_clock(&by_counter, &ns, id, &now, NULL))
		return -1;
	return now.sec * (s128)1000000000 + (s128)now.nsec + (s128)now.elapsed;
}

static __attribute__((__unused__)) int every_clock_agrees(const struct fastvdso_update *update,
							  __u64 delta)
{
	size_t i;

	fake_counter = update->hres.clock.cycle_last + delta;
	for (i = 0; i < COUNT(fine); i++)
		if (read_page(fine[i]) != reference(update, fine[i], delta))
			return 0;
	for (i = 0; i < COUNT(coarse); i++)
		if (read_page(coarse[i]) != reference(update, coarse[i], delta))
			return 0;
	return 1;
}

#endif
