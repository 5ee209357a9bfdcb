// SPDX-License-Identifier: GPL-2.0
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>

/* One clock, read by fastvdso and then by the system call. */
struct both {
	int64_t fast, kernel;
	uint64_t bound;
	const char *from;
};

static struct both read_both(const struct clock_name *clock, const struct fastvdso_status *status)
{
	struct both both;
	struct timespec ts;

	both.fast = fastvdso_now_ns_bound(clock->id, &both.bound);
	both.kernel = syscall_clock_gettime(clock->id, &ts) ? 0 : timespec_ns(&ts);
	if (!status->image)
		both.from = "libc";
	else if (both.bound)
		both.from = "steered";
	else if (clock->on_page && (clock->coarse || status->mode == FASTVDSO_MODE_EXACT))
		both.from = "page";
	else
		both.from = "system call";
	return both;
}

static void print_seconds(int64_t ns)
{
	printf("%12" PRId64 ".%09" PRId64, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

int cmd_now(int argc, char **argv)
{
	struct fastvdso_status status;
	struct options given;
	size_t i;

	if (parse_options(argc, argv, 0, "now [--json]", &given) < 0)
		return EXIT_USAGE;
	open_pages(given.flags, &status);
	/* Touch all pages first, so that the differences below contain no page faults. */
	for (i = 0; i < clock_count; i++)
		read_both(&clock_names[i], &status);

	if (given.json)
		json_open(NULL, '[');
	else
		printf("%-20s %22s %22s %10s  %s\n", "clock", "fastvdso", "system call",
		       "later, ns", "from");
	for (i = 0; i < clock_count; i++) {
		struct both both = read_both(&clock_names[i], &status);

		if (given.json) {
			json_open(NULL, '{');
			json_string("clock", clock_names[i].name);
			json_int("fastvdso_ns", both.fast);
			json_int("syscall_ns", both.kernel);
			json_string("from", both.from);
			json_int("bound_ns", (int64_t)both.bound);
			json_close('}');
			continue;
		}
		printf("%-20s ", clock_names[i].name);
		print_seconds(both.fast);
		putchar(' ');
		print_seconds(both.kernel);
		printf(" %10" PRId64 "  %s", both.kernel - both.fast, both.from);
		if (both.bound)
			printf(", within %" PRIu64 " ns", both.bound);
		putchar('\n');
	}
	if (given.json)
		json_close(']');
	return exit_status(&status);
}
