/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated machine: a kernel whose clock goes in steps of its clocksource, and is slewed and
 * set; CPUs whose counters have offsets and defects; steered by the module's arithmetic.
 */
#ifndef FASTVDSO_FAKE_MACHINE_H
#define FASTVDSO_FAKE_MACHINE_H

#include "fake_page.h"
#include "steer.h"

#define CPUS	4
#define MS	1000000ull
#define SEC	1000000000ull

/* A CPU's counter. Frequencies are in Hz. */
struct counter {
	__u64	offset;
	double	hz;
	__u64	changes;	/* when frequency and value change, ns; 0: never */
	double	hz_then;
	__s64	jump;		/* cycles */
};

static struct machine {
	__u64			now;		/* true time, ns */
	double			clocksource_hz;
	__u64			cycle_last;
	__u32			mult, raw_mult, shift;
	__u64			mono, raw;	/* at cycle_last, shifted */
	__s64			real_offset;
	struct counter		counters[CPUS];
	int			cpus;
	int			ticking;		/* how many CPUs make updates */
	__u64			pair_min, pair_max;	/* duration of a pair, ns */
	__u64			period;			/* between pairs on one CPU */
	unsigned int		doubted, idle;		/* sets of CPUs; idle ones make no pairs */
	__u64			stepped;		/* when a step was followed */
	int			steps;
} machine;

static struct steer steer;
static struct fastvdso_cpu_page cpus;
static int lost;
/* Pairs that wait for the next tick. */
static struct {
	struct steer_pair pair;
	int filled;
} slots[CPUS];

static const struct fastvdso_source by_steering = {
	.page = &page, .mode = FASTVDSO_CLOCK_STEERED, .mode_page = &cpus,
};

static __u64 clocksource(void)
{
	return (__u64)((double)machine.now * machine.clocksource_hz / 1e9);
}

/* The clocksource is within 50 ppm of @hz. All counters are equal. */
static void new_machine(double hz, unsigned int shift)
{
	int cpu;

	memset(&machine, 0, sizeof(machine));
	memset(&steer, 0, sizeof(steer));
	memset(&cpus, 0, sizeof(cpus));
	memset(&page, 0, sizeof(page));
	memset(slots, 0, sizeof(slots));
	lost = 0;
	machine.now = 100 * SEC + below(SEC);
	machine.cpus = machine.ticking = CPUS;
	machine.clocksource_hz = hz * (1 + ((double)below(101) - 50) / 1e6);
	machine.shift = shift;
	machine.mult = machine.raw_mult = (__u32)((1e9 / hz) * (1u << shift));
	machine.cycle_last = clocksource();
	machine.mono = (5 * SEC + below(SEC)) << shift;
	machine.raw = (3 * SEC + below(SEC)) << shift;
	machine.real_offset = 1700000000ll * (__s64)SEC + (__s64)below(SEC);
	machine.pair_min = 300;
	machine.pair_max = 1000;
	machine.period = 100 * MS;
	for (cpu = 0; cpu < CPUS; cpu++)
		machine.counters[cpu] = (struct counter) { .hz = 2.45e9, .offset = 1ull << 40 };
}

static __u64 counter_of(int cpu, __u64 now)
{
	const struct counter *c = &machine.counters[cpu];

	if (!c->changes || now < c->changes)
		return c->offset + (__u64)((double)now * c->hz / 1e9);
	return c->offset + (__u64)((double)c->changes * c->hz / 1e9 +
				   (double)(now - c->changes) * c->hz_then / 1e9) + (__u64)c->jump;
}

static __u64 kernel_raw(void)
{
	return (machine.raw + (clocksource() - machine.cycle_last) * machine.raw_mult) >> machine.shift;
}

static inline __u64 kernel_mono(void)
{
	return (machine.mono + (clocksource() - machine.cycle_last) * machine.mult) >> machine.shift;
}

/* A pair on a CPU. The kernel's clock is read anywhere between the two reads of the counter. */
static struct steer_pair make_pair(int cpu)
{
	struct steer_pair pair;
	__u64 takes = machine.pair_min + below(machine.pair_max - machine.pair_min), at = below(takes + 1);

	pair.before = counter_of(cpu, machine.now) + cpus.offset[cpu];
	machine.now += at;
	pair.raw = (__s64)kernel_raw();
	machine.now += takes - at;
	pair.after = counter_of(cpu, machine.now) + cpus.offset[cpu];
	return pair;
}

static inline struct steer_pair widen_pair(struct steer_pair pair)
{
	pair.before -= steer.slack;
	pair.after += steer.slack;
	return pair;
}

static void lose(void)
{
	fastvdso_steer_reset(&steer);
	memset(slots, 0, sizeof(slots));
	machine.doubted = 0;
	lost++;
}

/* A CPU disagrees with the others: its readers make system calls. Nothing measures it again. */
static void doubt(int cpu)
{
	cpus.offset[cpu] = FASTVDSO_OFFSET_UNKNOWN;
	machine.doubted |= 1u << cpu;
}

/* After a step: readers on the other CPUs make system calls until these are measured again. */
static void forget_others(int but)
{
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		if (cpu != but)
			cpus.offset[cpu] = FASTVDSO_OFFSET_UNKNOWN;
		slots[cpu].filled = 0;
	}
	machine.stepped = machine.now;
	machine.steps++;
}

/* Measure a CPU against one that is measured, as by taking turns. */
static inline void measure_cpu(int cpu)
{
	int i;

	if (cpus.offset[cpu] != FASTVDSO_OFFSET_UNKNOWN || machine.doubted & 1u << cpu)
		return;
	for (i = 0; i < CPUS && cpus.offset[i] == FASTVDSO_OFFSET_UNKNOWN; i++)
		;
	if (i < CPUS)
		cpus.offset[cpu] = counter_of(i, machine.now) + cpus.offset[i] - counter_of(cpu, machine.now);
}

/* As in an update of module/steering.c: make a pair, fold in those of the other CPUs, and publish. */
static void publish_steered(int cpu)
{
	struct fastvdso_update update;
	struct steer_pair pair = make_pair(cpu), widened = widen_pair(pair);
	int i;

	fastvdso_steer_fill_nothing(&steer, &update);
	if (cpus.offset[cpu] != FASTVDSO_OFFSET_UNKNOWN) {
		bool may_step = machine.cpus == 1 || machine.now - machine.stepped > SEC / 2;

		switch (fastvdso_steer_pair(&steer, &widened, may_step)) {
		case STEER_FITS:
			break;
		case STEER_STEPPED:
			forget_others(cpu);
			break;
		case STEER_CONTRADICTS:
			lose();
		}
	}
	for (i = 0; i < CPUS; i++) {
		if (slots[i].filled && !fastvdso_steer_other_pair(&steer, &slots[i].pair))
			doubt(i);
		slots[i].filled = 0;
	}
	if (cpus.offset[cpu] != FASTVDSO_OFFSET_UNKNOWN)
		fastvdso_steer_fill(&steer, pair.after, &update);
	publish(&update);
}

/* The kernel's tick: accumulate, change to another rate, and report it. */
static void tick(int cpu, __u32 mult)
{
	struct fastvdso_hres hres = { .clock = { .mult = mult, .shift = (__u8)machine.shift } };
	struct fastvdso_raw raw = { .clock = { .mult = machine.raw_mult, .shift = (__u8)machine.shift } };
	__u64 cycles = clocksource(), delta = cycles - machine.cycle_last, mono_ns, real;

	machine.mono += delta * machine.mult;
	machine.raw += delta * machine.raw_mult;
	machine.cycle_last = cycles;
	machine.mult = mult;

	/* As the kernel keeps them: REALTIME in seconds, the others relative to it. */
	mono_ns = machine.mono >> machine.shift;
	real = mono_ns + (__u64)machine.real_offset;
	hres.real_sec = (__s64)(real / SEC);
	hres.mono_sec = hres.real_sec - machine.real_offset / (__s64)SEC - 1;
	hres.mono_nsec = (__u32)((__s64)SEC - machine.real_offset % (__s64)SEC);
	if (hres.mono_nsec >= SEC) {
		hres.mono_nsec -= SEC;
		hres.mono_sec++;
	}
	fastvdso_clock_set(&hres.clock, cycles, (real % SEC) << machine.shift |
				(machine.mono & ((1ull << machine.shift) - 1)));
	raw.raw_sec = (__s64)((machine.raw >> machine.shift) / SEC);
	fastvdso_clock_set(&raw.clock, cycles, machine.raw - ((__u64)raw.raw_sec * SEC << machine.shift));
	fastvdso_steer_kernel(&steer, &hres, &raw);
	publish_steered(cpu);
}

static inline void pair_up(int cpu)
{
	if (machine.idle & 1u << cpu)
		return;
	measure_cpu(cpu);
	slots[cpu].pair = widen_pair(make_pair(cpu));
	slots[cpu].filled = cpus.offset[cpu] != FASTVDSO_OFFSET_UNKNOWN;
}

static inline __u32 slewed(__s64 ppm)
{
	return machine.raw_mult + (__u32)(machine.raw_mult * ppm / 1000000);
}

#endif
