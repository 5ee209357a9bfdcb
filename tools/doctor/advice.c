// SPDX-License-Identifier: GPL-2.0
/* What fastvdso knows about each clocksource of the kernel, and what to do about a slow one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../read_line.h"
#include "doctor.h"
#include "signatures.h"

#define NO_VDSO	"libc does not use the kernel's vDSO although the clocksource allows it: check for an " \
		"old or static libc, a tracer, or vdso=0 on the kernel's command line"

/* In the order of preference, if several are offered. */
static const struct clocksource clocksources[] = {
	{ "tsc", "the CPU's time stamp counter", VDSO_YES, NO_VDSO },
	{ "arch_sys_counter", "the CPU's generic timer", VDSO_DEPENDS,
	  "user space may not read the generic timer, because the kernel works around an erratum of it: "
	  "look for arch_timer in the kernel log" },
	{ "riscv_clocksource", "the CPU's time register", VDSO_YES, NO_VDSO },
	{ "timebase", "the CPU's time base register", VDSO_YES, NO_VDSO },
	{ "tod", "the CPU's TOD clock", VDSO_YES, NO_VDSO },
	{ "Constant", "the CPU's stable counter", VDSO_YES, NO_VDSO },
	{ "hyperv_clocksource_tsc_page", "Hyper-V's page of TSC parameters", VDSO_DEPENDS,
	  "the Hyper-V host does not keep its page of TSC parameters valid, so the kernel asks the host for "
	  "the time: choose a host or a machine type with an invariant TSC" },
	{ "kvm-clock", "the clock of a KVM host", VDSO_DEPENDS,
	  "user space cannot read kvm-clock because the clocksource of the KVM host is not tsc, or the TSCs "
	  "of its CPUs differ: run fastvdso doctor on the host" },
	{ "xen", "the clock of a Xen host", VDSO_DEPENDS,
	  "user space cannot read Xen's clock because Xen does not declare it stable: Xen does so with "
	  "clocksource=tsc on its own command line, if the TSCs of the host are reliable" },
	{ "hyperv_clocksource_msr", "Hyper-V's counter, which only the host can read", VDSO_NO, NULL },
	{ "arch_mem_counter", "a generic timer in device memory", VDSO_NO, NULL },
	{ "hpet", "a timer of the chipset", VDSO_NO, NULL },
	{ "acpi_pm", "a timer of the chipset", VDSO_NO, NULL },
	{ "pit", "a timer of the chipset", VDSO_NO, NULL },
	{ "refined-jiffies", "the kernel's tick", VDSO_TICK, NULL },
	{ "jiffies", "the kernel's tick", VDSO_TICK, NULL },
	/* The kernel offers it only while it measures the TSC. */
	{ "tsc-early", "the time stamp counter, not calibrated yet", VDSO_YES,
	  "the kernel is still measuring the TSC: run fastvdso doctor again in some seconds" },
};

const struct clocksource *clocksource_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clocksources); i++)
		if (!strcmp(clocksources[i].name, name))
			return &clocksources[i];
	return NULL;
}

void advise(struct advice *advice, const char *format, ...)
{
	va_list values;

	if (advice->count == ADVICE_MAX)
		return;
	va_start(values, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above. */
	vsnprintf(advice->lines[advice->count++], sizeof(advice->lines[0]), format, values);
	va_end(values);
}

/* The best clocksource that the kernel offers and that may be readable, other than the current one. */
static const struct clocksource *find_better(const struct machine *machine)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clocksources); i++) {
		const struct clocksource *one = &clocksources[i];

		if (!strcmp(one->name, machine->clocksource))
			return NULL;
		if (one->access <= VDSO_DEPENDS && machine_offers(machine, one->name))
			return one;
	}
	return NULL;
}

/* Neither the current clocksource nor another one helps. Only x86 kernels reject the CPU's counter. */
static void advise_on_counter(struct advice *advice, const struct machine *machine)
{
	const char *host = *machine->cloud ? machine->cloud : machine->hypervisor;

	if (!machine->has_tsc)
		return;
	if (!strcmp(host, "KVM") || !strcmp(host, "QEMU"))
		advise(advice, "the kernel does not trust the TSC: give the virtual machine an invariant one "
		       "(qemu -cpu host,+invtsc; libvirt: host-passthrough with the feature invtsc), if the "
		       "host's clocksource is tsc");
	else if (*host)
		advise(advice, "the kernel does not trust the TSC that %s gives this machine: look for a "
		       "machine type with an invariant TSC", host);
	else
		advise(advice, "the kernel does not trust the TSC: look for a firmware update");
	advise(advice, "boot with tsc=reliable only if you know that the TSCs of all CPUs are synchronized");
}

void advise_on_clocksource(struct advice *advice, const struct machine *machine)
{
	const struct clocksource *current = clocksource_find(machine->clocksource);
	const struct clocksource *better = find_better(machine);

	if (!*machine->available)
		return;
	if (current && current->if_slow)
		advise(advice, "%s", current->if_slow);
	if (better && !strcmp(better->name, "tsc"))
		advise(advice, "the kernel still offers tsc: if you know that the TSCs of all CPUs are "
		       "synchronized, echo tsc > " CLOCKSOURCE_DIR "current_clocksource");
	else if (better)
		advise(advice, "the kernel offers %s (%s), which user space %s: echo %s > " CLOCKSOURCE_DIR
		       "current_clocksource", better->name, better->about,
		       better->access == VDSO_YES ? "reads" : "reads on most machines", better->name);
	else if (!current || current->access != VDSO_YES)
		advise_on_counter(advice, machine);
}

int counter_is_trapped(double counter_ns, double empty_call_ns)
{
	return empty_call_ns > 0 && counter_ns > empty_call_ns;
}

/* A reading costs little more than the counter: see docs/performance.md. */
#define COST_OF_COUNTER	1.1

int describe_gain(char *line, size_t size, const struct machine *machine, const struct costs *costs)
{
	const struct clocksource *current = clocksource_find(machine->clocksource);
	double estimate = COST_OF_COUNTER * costs->counter;

	if (costs->is_mapped) {
		snprintf(line, size,
			 "fastvdso reads the clock in %.0f ns instead of %.0f: %.1f times as fast",
			 costs->fastvdso, costs->libc, costs->libc / costs->fastvdso);
		return 1;
	}
	if (costs->vdso_works) {
		int written = snprintf(line, size, "fastvdso would gain little, because libc reads the "
				       "clocks without a system call");

		if (machine->can_steer)
			snprintf(line + written, size - (size_t)written,
				 "; the CPU time of a thread, now %.0f ns, can gain more", costs->cpu_time);
		return 0;
	}
	if (costs->is_refused) {
		snprintf(line, size, "fastvdso gains nothing at present, because it makes the system call, too");
		return 0;
	}
	if (counter_is_trapped(costs->counter, costs->empty_call)) {
		snprintf(line, size, "fastvdso would gain nothing, because the " COUNTER_TRAPPED_BY
			 " answers each reading of the counter");
		return 0;
	}
	if (current && current->access == VDSO_TICK) {
		snprintf(line, size,
			 "fastvdso would gain nothing, because the clock moves only with the kernel's tick");
		return 0;
	}
	if (!strcmp(machine->clocksource, "kvm-clock")) {
		snprintf(line, size, "fastvdso would probably gain nothing, because KVM does not call this clock "
			 "stable");
		return 0;
	}
	if ((!current || current->access != VDSO_YES) && !machine->can_steer) {
		snprintf(line, size, "fastvdso would gain nothing, because it needs RDTSCP and a TSC of "
			 "constant rate to steer this clock");
		return 0;
	}
	snprintf(line, size,
		 "fastvdso would read the clock in about %.0f ns instead of %.0f%s: %.0f times as fast",
		 estimate, costs->libc,
		 current && current->access == VDSO_YES ? "" : ", with an error bound of some microseconds",
		 costs->libc / estimate);
	return 1;
}
