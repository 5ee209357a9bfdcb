// SPDX-License-Identifier: GPL-2.0
/* fastvdso doctor: diagnose a slow clock from /sys, the kernel log and a measurement. */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signatures.h"

/* Messages of the kernel when it selects or rejects a clocksource. */
static int is_about_clocks(const char *text)
{
	static const char *const about[] = {
		"Marking TSC unstable", "TSCs unsynchronized", "timekeeping watchdog",
		"Marking clocksource", "Switched to clocksource", "TSC found unstable",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(about); i++)
		if (strstr(text, about[i]))
			return 1;
	return 0;
}

/* Keep the last messages about clocks, as "seconds.millis text". A record is "prefix;text". */
static void read_kernel_log(struct findings *found)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	ssize_t got;

	while (fd >= 0 && ((got = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		unsigned long long us;
		char *text;

		if (got <= 0)
			continue;
		found->log_readable = 1;
		record[got] = '\0';
		text = strchr(record, ';');
		if (!text || !is_about_clocks(text) || sscanf(record, "%*u,%*u,%llu", &us) != 1)
			continue;
		text[1 + strcspn(text + 1, "\n")] = '\0';
		if (found->log_count == LOG_LINES)
			memmove(found->log[0], found->log[1], sizeof(found->log) - sizeof(found->log[0]));
		else
			found->log_count++;
		snprintf(found->log[found->log_count - 1], sizeof(found->log[0]), "%llu.%03llu %s",
			 us / 1000000, us / 1000 % 1000, text + 1);
	}
	if (fd >= 0)
		close(fd);
}

/*
 * What the administrator can do, simplest first. Nothing where the kernel's own vDSO works, because
 * the module makes readings hardly faster there, or slower.
 */
static void find_advice(struct findings *found)
{
	if (found->is_trapped)
		advise(&found->advice,
		       "no vDSO can read the counter faster: look for " COUNTER_TRAPPED_ADVICE);
	if (found->vdso_works)
		return;
	if (found->status.reason == FASTVDSO_REASON_NO_DEVICE && found->is_worth_loading)
		advise(&found->advice, "load the module: modprobe fastvdso");
	else if (found->status.reason != FASTVDSO_REASON_NO_DEVICE && !found->status.image)
		advise(&found->advice, "let this process open " FASTVDSO_DEVICE ": see fastvdso status");
	advise_on_clocksource(&found->advice, &found->machine);
	advise(&found->advice,
	       "if milliseconds are enough, read the coarse clocks: they are fast everywhere");
}

static void find_gain(struct findings *found)
{
	struct costs costs = {
		.libc = found->ns[LIBC], .fastvdso = found->ns[FAST],
		.counter = found->counter_ns, .empty_call = found->empty_call_ns,
		.cpu_time = found->cpu_ns[KERNEL],
		.vdso_works = found->vdso_works,
		.is_mapped = found->status.mode != FASTVDSO_MODE_FALLBACK,
		.is_refused = found->status.reason == FASTVDSO_REASON_CLOCKSOURCE,
	};

	found->is_worth_loading = describe_gain(found->gain, sizeof(found->gain), &found->machine, &costs);
}

/* The module measures the scheduler's clock once a process reads it: twice, a second apart, on KVM guests. */
#define CPU_TIME_WAIT_MS	3000

static int is_being_measured(uint32_t cpu_time)
{
	return cpu_time == FASTVDSO_CPU_TIME_IDLE || cpu_time == FASTVDSO_CPU_TIME_MEASURING;
}

/* Have the module record the CPU time of this thread, and wait until it does or cannot. */
static void start_cpu_time(struct fastvdso_status *status)
{
	const struct timespec ms = { 0, 1000000 };
	int waited = 0;

	do {
		fastvdso_now_ns(CLOCK_THREAD_CPUTIME_ID);
		nanosleep(&ms, NULL);	/* also because the record starts with the next context switch */
		fastvdso_status(status, sizeof(*status));
	} while (is_being_measured(status->cpu_time) && waited++ < CPU_TIME_WAIT_MS);
	nanosleep(&ms, NULL);
}

static void examine(struct findings *found)
{
	char signatures[128];

	hypervisor_signatures(signatures, sizeof(signatures));
	machine_read(&found->machine, "", signatures);
	open_pages(FASTVDSO_STEERED, &found->status);
	measure_clock_gettime(CLOCK_MONOTONIC, found->ns);
	start_cpu_time(&found->status);
	measure_clock_gettime(CLOCK_THREAD_CPUTIME_ID, found->cpu_ns);
	found->vdso_works = found->ns[LIBC] < 0.6 * found->ns[KERNEL];
	found->counter_ns = measure_counter();
	found->empty_call_ns = measure_empty_call();
	found->is_trapped = counter_is_trapped(found->counter_ns, found->empty_call_ns);
	found->fast = !found->is_trapped &&
		      (found->vdso_works || found->status.mode != FASTVDSO_MODE_FALLBACK);
	read_kernel_log(found);
	find_gain(found);
	find_advice(found);
}

static void print_json(const struct findings *found)
{
	int i;

	json_open(NULL, '{');
	json_bool("fast", found->fast);
	json_string("clocksource", found->machine.clocksource);
	json_string("available", found->machine.available);
	json_string("hypervisor", found->machine.hypervisor);
	json_string("cloud", found->machine.cloud);
	json_string("product", found->machine.product);
	json_bool("stock_vdso_serves", found->vdso_works);
	json_real("libc_ns", found->ns[LIBC]);
	json_real("syscall_ns", found->ns[KERNEL]);
	json_real("fastvdso_ns", found->ns[FAST]);
	json_string("fastvdso_mode", mode_name(found->status.mode));
	json_string("fastvdso_reason", fastvdso_strreason(found->status.reason));
	json_string("steering", fastvdso_strsteering(found->status.steering));
	json_int("bound_ns", (int64_t)found->status.bound_ns);
	json_string("cpu_time", fastvdso_strcputime(found->status.cpu_time));
	json_int("cpu_time_bound_ns", found->status.cpu_time_bound_ns);
	json_real("cpu_time_syscall_ns", found->cpu_ns[KERNEL]);
	json_real("cpu_time_fastvdso_ns", found->cpu_ns[FAST]);
	json_real("counter_ns", found->counter_ns);
	json_bool("counter_trapped", found->is_trapped);
	json_string("gain", found->gain);
	json_bool("kernel_log_readable", found->log_readable);
	json_open("kernel_log", '[');
	for (i = 0; i < found->log_count; i++)
		json_string(NULL, found->log[i]);
	json_close(']');
	json_open("advice", '[');
	for (i = 0; i < found->advice.count; i++)
		json_string(NULL, found->advice.lines[i]);
	json_close(']');
	json_close('}');
}

static void print_machine(const struct machine *machine)
{
	const struct clocksource *clocksource = clocksource_find(machine->clocksource);
	const char *host = *machine->cloud ? machine->cloud : machine->hypervisor;

	if (*host) {
		printf("This machine runs on %s", host);
		if (*machine->cloud && *machine->hypervisor)
			printf(" (%s)", machine->hypervisor);
		printf(".\n");
	}
	printf("The kernel's clocksource is %s", machine->clocksource);
	if (clocksource)
		printf(", %s", clocksource->about);
	printf(*machine->available ? " (available: %s).\n" : ".\n", machine->available);
}

static void print_text(const struct findings *found)
{
	int i;

	print_machine(&found->machine);
	printf("libc reads CLOCK_MONOTONIC in %.0f ns, a system call takes %.0f ns: the kernel's own\n"
	       "vDSO %s.\n", found->ns[LIBC], found->ns[KERNEL],
	       found->vdso_works ? "works" : "does not work here, so every reading is a system call");
	if (found->is_trapped)
		printf("Reading the counter takes %.0f ns, longer than to enter the kernel (%.0f ns): software, that\n"
		       "is the " COUNTER_TRAPPED_BY ", answers the instruction.\n", found->counter_ns,
		       found->empty_call_ns);
	if (found->status.mode == FASTVDSO_MODE_EXACT)
		printf("fastvdso is mapped and exact: %.0f ns.\n", found->ns[FAST]);
	else if (found->status.mode == FASTVDSO_MODE_STEERED)
		printf("fastvdso is mapped and steered: %.0f ns, within %llu ns of the kernel's clock.\n",
		       found->ns[FAST], (unsigned long long)found->status.bound_ns);
	else
		printf("fastvdso falls back: %s.\n", fastvdso_strreason(found->status.reason));
	if (found->status.reason == FASTVDSO_REASON_CLOCKSOURCE)
		printf("It does not steer: %s.\n", fastvdso_strsteering(found->status.steering));
	printf("A system call for the CPU time of a thread takes %.0f ns", found->cpu_ns[KERNEL]);
	if (found->status.cpu_time == FASTVDSO_CPU_TIME_ACTIVE)
		printf(", fastvdso %.0f ns, within %u ns of it.\n", found->cpu_ns[FAST],
		       found->status.cpu_time_bound_ns);
	else if (found->status.image)
		printf(". fastvdso makes it, because\n%s.\n", fastvdso_strcputime(found->status.cpu_time));
	else
		printf(".\n");
	printf("Gain: %s.\n", found->gain);
	if (found->log_count)
		printf("\nThe kernel log says (seconds since boot):\n");
	else if (!found->log_readable)
		printf("\nThe kernel log, which may say why, is not readable: run this as root.\n");
	for (i = 0; i < found->log_count; i++)
		printf("  %s\n", found->log[i]);
	if (found->advice.count)
		printf("\nWhat you can do:\n");
	for (i = 0; i < found->advice.count; i++)
		printf("  - %s\n", found->advice.lines[i]);
	printf("\nThe clock is %s.\n", found->fast ? "fast" : "slow");
}

int cmd_doctor(int argc, char **argv)
{
	static struct findings found;
	struct options given;

	if (parse_options(argc, argv, 0, "doctor [--json | --metrics]", &given) < 0)
		return EXIT_USAGE;
	if (given.json && given.metrics) {
		fprintf(stderr, "fastvdso doctor: --json and --metrics exclude each other\n");
		return EXIT_USAGE;
	}
	examine(&found);
	/* A slow clock is one of the metrics, and not a failure of the job that collects them. */
	if (given.metrics) {
		print_metrics(&found);
		return EXIT_FAST;
	}
	if (given.json)
		print_json(&found);
	else
		print_text(&found);
	return found.fast ? EXIT_FAST : EXIT_SLOW;
}
