// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "time_calls.h"

const struct clock_name clock_names[] = {
	{ CLOCK_REALTIME,		"REALTIME",		0, 1 },
	{ CLOCK_MONOTONIC,		"MONOTONIC",		0, 1 },
	{ CLOCK_MONOTONIC_RAW,		"MONOTONIC_RAW",	0, 1 },
	{ CLOCK_BOOTTIME,		"BOOTTIME",		0, 1 },
	{ CLOCK_TAI,			"TAI",			0, 1 },
	{ CLOCK_REALTIME_COARSE,	"REALTIME_COARSE",	1, 1 },
	{ CLOCK_MONOTONIC_COARSE,	"MONOTONIC_COARSE",	1, 1 },
	{ CLOCK_PROCESS_CPUTIME_ID,	"PROCESS_CPUTIME_ID",	0, 0 },
	{ CLOCK_THREAD_CPUTIME_ID,	"THREAD_CPUTIME_ID",	0, 0 },
};

const size_t clock_count = ARRAY_SIZE(clock_names);

int syscall_clock_gettime(clockid_t clock, struct timespec *ts)
{
	return syscall(NR_timespec_gettime, clock, ts) ? -errno : 0;
}

const char *mode_name(uint32_t mode)
{
	switch (mode) {
	case FASTVDSO_MODE_EXACT:
		return "exact";
	case FASTVDSO_MODE_STEERED:
		return "steered";
	default:
		return "fallback";
	}
}

int parse_options(int argc, char **argv, int operands, const char *usage, struct options *given)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "metrics", no_argument, NULL, 'm' },
		{ "steered", no_argument, NULL, 's' },
		{ "pid", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c;

	memset(given, 0, sizeof(*given));
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			printf("usage: fastvdso %s\n", usage);
			exit(0);
		}
		if (c == 'j') {
			given->json = 1;
		} else if (c == 'm' && strstr(usage, "--metrics")) {
			given->metrics = 1;
		} else if (c == 's' && strstr(usage, "[--steered]")) {
			given->flags |= FASTVDSO_STEERED;
		} else if (c == 'p' && strstr(usage, "[--pid PID]")) {
			given->pid = strtol(optarg, &end, 10);
			if (*end || given->pid < 1 || given->pid > INT_MAX) {
				fprintf(stderr, "fastvdso %s: not a process ID: %s\n", argv[0], optarg);
				return -1;
			}
		} else {
			fprintf(stderr, "fastvdso %s: unknown option: %s\n", argv[0],
				argv[optind - 1]);
			return -1;
		}
	}
	if (argc - optind != operands) {
		fprintf(stderr, "usage: fastvdso %s\n", usage);
		return -1;
	}
	return optind;
}

/*
 * The module first measures a counter that is not in use yet, which takes about 20 ms. The state is "active" a
 * little before, and while one update is left out.
 */
#define ACQUIRE_WAIT_MS	1000

void open_pages(unsigned int flags, struct fastvdso_status *status)
{
	const struct timespec ms = { 0, 1000000 };
	int waited = 0;

	fastvdso_open_flags(flags);
	do
		fastvdso_status(status, sizeof(*status));
	while (status->image && status->mode == FASTVDSO_MODE_FALLBACK &&
	       (status->steering == FASTVDSO_STEERING_ACQUIRING ||
		status->steering == FASTVDSO_STEERING_ACTIVE ||
		status->steering == FASTVDSO_STEERING_IDLE) &&
	       waited++ < ACQUIRE_WAIT_MS && !nanosleep(&ms, NULL));
}

int exit_status(const struct fastvdso_status *status)
{
	return status->mode == FASTVDSO_MODE_FALLBACK ? EXIT_SLOW : EXIT_FAST;
}

void hex(char *to, const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		sprintf(to + 2 * i, "%02x", bytes[i]);
	to[2 * size] = '\0';
}

/* Length of the UTF-8 character at `text`; 0 if it is invalid or a control character. */
static size_t printable(const unsigned char *text)
{
	size_t i, length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;

	if (*text < 0x80)
		return *text >= ' ' && *text != 0x7f;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	/* U+0080 to U+009F are control characters. Longer encodings than necessary are invalid. */
	if ((*text == 0xc2 || *text == 0xe0) && text[1] < 0xa0)
		return 0;
	if (*text == 0xf0 && text[1] < 0x90)
		return 0;
	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void print_escaped(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = printable((const unsigned char *)text);
		if (length) {
			fwrite(text, 1, length, stdout);
			continue;
		}
		printf("\\%03o", (unsigned char)*text);
		length = 1;
	}
}
