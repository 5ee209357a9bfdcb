// SPDX-License-Identifier: GPL-2.0
/*
 * A program for the launcher to start. Prints which vDSO it has: "image", "preload" (it calls
 * a preload library that has mapped the pages), "preload without pages", or "stock"; and whether
 * libc's clocks are right. Exit status 3 if they are not.
 *
 *	launched [sleep|code|followed|vector|setns]
 *
 * sleep: pause at the end. vector: compare the kernel's copy of the auxiliary vector only. setns: enter a time
 * namespace, without a fork, before the clocks are read for the last time.
 * code, followed: print nothing; exit status 0 with the image, 4 untouched, 5 or 6 if something
 * of the launcher is left. "followed" expects a tracer, the others do not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "kernel_ns.h"
#include "process.h"

/* Is this address, or any address if 0, mapped from a file of this name? */
static int is_mapped_from(unsigned long address, const char *file)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && address >= start &&
		    address < end)
			found = strstr(line, file) != NULL;
		else if (!address)
			found |= strstr(line, file) != NULL;
	if (maps)
		fclose(maps);
	return found;
}

static int is_libc_clock_right(clockid_t clock)
{
	int64_t before = kernel_ns(clock), now = libc_ns(clock), after = kernel_ns(clock);

	return before >= 0 && now >= 0 && is_within(before, now, after, STEERED_SLACK);
}

static int is_libc_right(void)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_MONOTONIC_RAW,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
	};
	struct timespec ts, res;
	struct timeval tv;
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!is_libc_clock_right(clocks[i]) || clock_getres(clocks[i], &res))
			return 0;
	errno = 0;
	if (clock_gettime(12345, &ts) != -1 || errno != EINVAL)
		return 0;
	if (clock_getres(12345, &ts) != -1 || errno != EINVAL)
		return 0;
	if (gettimeofday(&tv, NULL) || timespec_get(&ts, TIME_UTC) != TIME_UTC ||
	    timespec_get(&ts, 99) || ts.tv_sec - tv.tv_sec > 1 || time(NULL) - tv.tv_sec > 1)
		return 0;
	return sched_getcpu() >= 0 && sched_getcpu() < 512;
}

/* The launcher's helper must not remain as a child. */
static int has_children(void)
{
	return waitpid(-1, NULL, __WALL | WNOHANG) != -1 || errno != ECHILD;
}

static int is_traced(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128];
	int tracer = -1;

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	if (status)
		fclose(status);
	return tracer != 0;
}

/* Debuggers find the image through the kernel's copy of the auxiliary vector. */
static int is_known_to_kernel(unsigned long vdso)
{
	FILE *vector = fopen("/proc/self/auxv", "re");
	unsigned long pair[2];
	int agrees = 0;

	while (vector && fread(pair, sizeof(pair), 1, vector) == 1)
		agrees |= pair[0] == AT_SYSINFO_EHDR && pair[1] == vdso;
	if (vector)
		fclose(vector);
	return agrees;
}

/* By the functions of libc, as a program would. 0 or -1. */
static int enter_time_namespace(void)
{
	int fd, ret;

	if (unshare_time("monotonic 5000 0\nboottime 7000 0\n"))
		return -1;
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	ret = setns(fd, CLONE_NEWTIME);
	close(fd);
	return ret;
}

int main(int argc, char **argv)
{
	unsigned long vdso = getauxval(AT_SYSINFO_EHDR);
	Dl_info info;
	int ok = is_libc_right();

	if (argc > 1 && (!strcmp(argv[1], "code") || !strcmp(argv[1], "followed"))) {
		int image = is_mapped_from(vdso, "fastvdso");

		if (!ok)
			return 3;
		if (!strcmp(argv[1], "code") && is_traced())
			return 6;
		if (!image && is_mapped_from(0, "fastvdso"))
			return 5;
		return image ? 0 : 4;
	}
	if (argc > 1 && !strcmp(argv[1], "vector")) {
		puts(is_known_to_kernel(vdso) ? "agrees" : "differs");
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "setns")) {
		if (!ok || enter_time_namespace())
			return 2;
		ok = is_libc_right();
	}
	if (is_mapped_from(vdso, "fastvdso"))
		printf("image");
	else if (dladdr((void *)clock_gettime, &info) && info.dli_fname &&
		 strstr(info.dli_fname, "preload"))
		printf(is_mapped_from(0, "/dev/fastvdso") ? "preload" : "preload without pages");
	else
		printf("stock");
	printf("%s%s pid %d clocks %s\n", has_children() ? " children" : "",
	       is_traced() ? " traced" : "", (int)getpid(), ok ? "right" : "wrong");
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "sleep"))
		pause();
	return ok ? 0 : 3;
}
