// SPDX-License-Identifier: GPL-2.0
#include "tool.h"

#include <stdio.h>
#include <string.h>

#include "read_line.h"

static const char *clock_mode_name(uint32_t mode)
{
	static const char *const names[] = {
		[FASTVDSO_CLOCK_NONE]		= "none",
		[FASTVDSO_CLOCK_COUNTER]	= "counter",
		[FASTVDSO_CLOCK_STEERED]	= "steered",
		[FASTVDSO_CLOCK_PVCLOCK]	= "pvclock",
		[FASTVDSO_CLOCK_HVCLOCK]	= "hvclock",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : "unknown";
}

/* From /sys, because the pages may not be mapped. */
static const char *kernel_clocksource(void)
{
	static char name[64];

	read_line(CLOCKSOURCE_DIR "current_clocksource", "", name, sizeof(name));
	return *name ? name : "unknown";
}

static void print_json(const struct fastvdso_status *status, const char *build_id)
{
	json_open(NULL, '{');
	json_string("mode", mode_name(status->mode));
	json_string("clocksource", kernel_clocksource());
	json_int("reason", status->reason);
	json_string("reason_text", fastvdso_strreason(status->reason));
	json_int("errno", status->error);
	json_int("mapped", status->image != NULL);
	if (status->image) {
		json_string("clock_mode", clock_mode_name(status->clock_mode));
		json_int("abi_version", status->abi_version);
		json_int("page_size", status->page_size);
		json_int("data_pages", status->data_pages);
		json_int("code_pages", status->code_pages);
		json_int("image_size", status->image_size);
		json_int("updates", status->updates);
		json_int("update_age_ns", status->update_age_ns);
		json_string("build_id", build_id);
		json_string("code_from", status->code_from);
		json_int("steering", status->steering);
		json_string("steering_text", fastvdso_strsteering(status->steering));
		json_bool("posix_steered", status->flags & FASTVDSO_STEERED);
		json_int("bound_ns", (int64_t)status->bound_ns);
		json_int("pairings", status->pairings);
		json_int("losses", status->losses);
		json_int("steered_since_ns", status->steered_since_ns);
		json_int("bound_max_ns", (int64_t)status->bound_max_ns);
		json_int("steering_ended_ns", status->steering_ended_ns);
		json_int("steering_end", status->steering_end);
		json_string("steering_end_text", fastvdso_strend(status->steering_end));
		json_int("cpu_time", status->cpu_time);
		json_string("cpu_time_text", fastvdso_strcputime(status->cpu_time));
		json_int("cpu_time_bound_ns", status->cpu_time_bound_ns);
		json_int("cpu_time_losses", status->cpu_time_losses);
	}
	json_close('}');
}

static double seconds_since(int64_t ns)
{
	return (double)(fastvdso_now_ns(CLOCK_MONOTONIC) - ns) / 1e9;
}

/* Printed only if the time page is not in mode exact. */
static void print_steering(const struct fastvdso_status *status)
{
	printf("steering      %s\n", fastvdso_strsteering(status->steering));
	if (status->mode == FASTVDSO_MODE_STEERED) {
		printf("bound         %llu ns", (unsigned long long)status->bound_ns);
		if (status->steered_since_ns)
			printf(", at most %llu ns for %.1f s", (unsigned long long)status->bound_max_ns,
			       seconds_since(status->steered_since_ns));
		putchar('\n');
		printf("clock_gettime %s\n", status->flags & FASTVDSO_STEERED ?
		       "steered too" : "system call, unless opened with FASTVDSO_STEERED (--steered)");
	}
	printf("measured      %u times, unsteady %u times\n", status->pairings, status->losses);
	if (status->steering_ended_ns)
		printf("last ended    %.1f s ago, because %s\n", seconds_since(status->steering_ended_ns),
		       fastvdso_strend(status->steering_end));
}

static void print_text(const struct fastvdso_status *status, const char *build_id)
{
	printf("mode          %s\n", mode_name(status->mode));
	if (status->reason) {
		printf("why           %s", fastvdso_strreason(status->reason));
		if (status->error)
			printf(": %s", strerror(status->error));
		putchar('\n');
	}
	printf("clocksource   %s\n", kernel_clocksource());
	if (!status->image) {
		printf("mapped        nothing: every call is libc's\n");
		return;
	}
	printf("clock mode    %s\n", clock_mode_name(status->clock_mode));
	printf("data          %u pages at %p\n", status->data_pages, status->data);
	printf("code          %u pages at %p, an image of %u bytes, from %s\n", status->code_pages,
	       status->image, status->image_size, status->code_from);
	printf("last update   %.3f ms ago, %u so far\n", (double)status->update_age_ns / 1e6,
	       status->updates);
	if (status->mode != FASTVDSO_MODE_EXACT)
		print_steering(status);
	printf("CPU time      %s", fastvdso_strcputime(status->cpu_time));
	if (status->cpu_time == FASTVDSO_CPU_TIME_ACTIVE)
		printf(", within %u ns", status->cpu_time_bound_ns);
	if (status->cpu_time_losses)
		printf(", clock lost %u times", status->cpu_time_losses);
	putchar('\n');
	printf("ABI version   %u\n", status->abi_version);
	printf("build-id      %s\n", build_id);
}

int cmd_status(int argc, char **argv)
{
	char build_id[2 * FASTVDSO_BUILD_ID_LEN + 1];
	struct fastvdso_status status;
	struct options given;

	if (parse_options(argc, argv, 0, "status [--steered] [--pid PID] [--json]", &given) < 0)
		return EXIT_USAGE;
	if (given.pid)
		return status_of_process(given.pid, given.json);
	open_pages(given.flags, &status);
	hex(build_id, status.build_id, sizeof(status.build_id));
	if (given.json)
		print_json(&status, build_id);
	else
		print_text(&status, build_id);
	return exit_status(&status);
}
