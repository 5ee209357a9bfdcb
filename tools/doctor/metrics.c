// SPDX-License-Identifier: GPL-2.0
/*
 * fastvdso doctor --metrics: the findings for Prometheus.
 *
 * The text is valid in both of its formats. OpenMetrics 1.0 requires the last line, which is a comment in the
 * text format 0.0.4 of a node exporter. The types are those that both have. A counter is declared without the
 * suffix _total, as OpenMetrics requires; the text format takes it for an untyped metric then.
 */
#include "doctor.h"

#include <stdio.h>

static void family(const char *name, const char *type, const char *help)
{
	printf("# HELP fastvdso_%s %s\n# TYPE fastvdso_%s %s\n", name, help, name, type);
}

static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", stdout);
		else if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else
			putchar(*value);
	}
	putchar('"');
}

static void gauge(const char *name, const char *help, double value)
{
	family(name, "gauge", help);
	printf("fastvdso_%s %.9g\n", name, value);
}

static void print_reading(const char *clock, const char *by, double ns)
{
	printf("fastvdso_clock_read_seconds{clock=\"%s\",by=\"%s\"} %.4g\n", clock, by, ns / 1e9);
}

static void print_info(const struct machine *machine)
{
	family("machine_info", "gauge", "The kernel's clocksource, and where the machine runs. Always 1.");
	printf("fastvdso_machine_info{");
	print_label("clocksource", machine->clocksource);
	putchar(',');
	print_label("hypervisor", machine->hypervisor);
	putchar(',');
	print_label("cloud", machine->cloud);
	putchar(',');
	print_label("version", FASTVDSO_VERSION);
	printf("} 1\n");
}

static void print_mode(uint32_t current)
{
	static const uint32_t modes[] = {
		FASTVDSO_MODE_EXACT, FASTVDSO_MODE_STEERED, FASTVDSO_MODE_FALLBACK,
	};
	size_t i;

	family("mode", "gauge", "How fastvdso reads the clocks: 1 for the current mode.");
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		printf("fastvdso_mode{mode=\"%s\"} %d\n", mode_name(modes[i]), modes[i] == current);
}

static void print_pages(const struct fastvdso_status *status)
{
	gauge("cpu_time_active", "Whether the CPU time of threads is read from a page.",
	      status->cpu_time == FASTVDSO_CPU_TIME_ACTIVE);
	gauge("bound_seconds", "The error bound of steered clocks; 0 in other modes.",
	      (double)status->bound_ns / 1e9);
	family("counter_losses", "counter", "How many times a counter turned out to be unsteady.");
	printf("fastvdso_counter_losses_total %u\n", status->losses);
}

void print_metrics(const struct findings *found)
{
	const struct fastvdso_status *status = &found->status;

	print_info(&found->machine);
	gauge("clock_fast", "Whether libc or fastvdso reads the clock without the kernel or software below.",
	      found->fast);
	gauge("stock_vdso_works", "Whether libc reads the clock without a system call.", found->vdso_works);
	gauge("mapped", "Whether fastvdso has its pages.", status->image != NULL);
	print_mode(status->mode);
	family("clock_read_seconds", "gauge", "The cost of reading a clock.");
	print_reading("MONOTONIC", "libc", found->ns[LIBC]);
	print_reading("MONOTONIC", "syscall", found->ns[KERNEL]);
	print_reading("MONOTONIC", "fastvdso", found->ns[FAST]);
	print_reading("THREAD_CPUTIME_ID", "syscall", found->cpu_ns[KERNEL]);
	print_reading("THREAD_CPUTIME_ID", "fastvdso", found->cpu_ns[FAST]);
	gauge("counter_read_seconds", "The cost of an ordered reading of the counter.",
	      found->counter_ns / 1e9);
	gauge("counter_trapped", "Whether firmware or a hypervisor answers each reading of the counter.",
	      found->is_trapped);
	if (status->image)
		print_pages(status);
	printf("# EOF\n");
}
