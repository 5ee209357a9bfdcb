// SPDX-License-Identifier: GPL-2.0
/*
 * unwound [LIBUNWIND]: read a clock by libc while a timer's signals interrupt it, and in the handler collect
 * the callers by glibc's backtrace(), or by unw_backtrace() of that library. Exit status 0 if each of 100
 * signals that interrupted the image has main() among its callers. Works in static programs too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unwind.h>

#define SAMPLES	100
#define FRAMES	32

static uintptr_t image_start, image_end;
static int (*collect)(void **frames, int size) = backtrace;
static volatile sig_atomic_t samples;
static void *frames[SAMPLES][FRAMES];
static int counts[SAMPLES];

/* The interrupted function is in the list even if its callers are not found. */
static int has_image(int sample)
{
	int i;

	for (i = 0; i < counts[sample]; i++)
		if ((uintptr_t)frames[sample][i] >= image_start && (uintptr_t)frames[sample][i] < image_end)
			return 1;
	return 0;
}

static void handle(int number)
{
	(void)number;
	if (samples >= SAMPLES)
		return;
	counts[samples] = collect(frames[samples], FRAMES);
	samples += has_image(samples);
}

/* The code of the image, from the device or from an installed file. */
static int find_image(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if ((strstr(line, "/fastvdso.so\n") || strstr(line, "/dev/fastvdso\n")) && strstr(line, "-x"))
			sscanf(line, "%lx-%lx", &image_start, &image_end);
	if (maps)
		fclose(maps);
	return image_end != 0;
}

static int has_main(int sample)
{
	extern int main(int argc, char **argv);
	int i;

	for (i = 0; i < counts[sample]; i++)
		if (_Unwind_FindEnclosingFunction((char *)frames[sample][i] - 1) == (void *)main)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	const struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	time_t until = time(NULL) + 20;
	void *library, *first[FRAMES];
	struct timespec ts;
	int i, whole = 0;

	if (argc > 1) {
		library = dlopen(argv[1], RTLD_NOW);
		collect = library ? (__typeof__(collect))dlsym(library, "unw_backtrace") : NULL;
	}
	if (!collect || !find_image())
		return 2;
	collect(first, FRAMES);		/* the first call loads libgcc */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &each_ms, NULL);
	while (samples < SAMPLES && time(NULL) < until)
		for (i = 0; i < 1000; i++)
			clock_gettime(CLOCK_MONOTONIC, &ts);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	for (i = 0; i < samples; i++)
		whole += has_main(i);
	printf("%d of %d samples in the image reach main()\n", whole, (int)samples);
	return samples < SAMPLES || whole < samples;
}
