/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The built image, mapped from its file after data pages that a test or the benchmark fills, with the
 * hypervisor's page before them.
 */
#ifndef FASTVDSO_MAPPED_IMAGE_H
#define FASTVDSO_MAPPED_IMAGE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "counter.h"
#include "move_clock.h"
#include "reader.h"

#define PAGE		4096
#define CODE_PAGES	16

static void *hypervisor __attribute__((__unused__));
static struct fastvdso_ns_page *ns __attribute__((__unused__));
static struct fastvdso_time_page *page, *steered __attribute__((__unused__));
static struct fastvdso_cpu_page *cpus __attribute__((__unused__));
static struct fastvdso_cpu_time_pages *cpu_time __attribute__((__unused__));
static struct fastvdso_calls image;
static struct fastvdso_elf elf;

static const int32_t fine[] __attribute__((__unused__)) = {
	CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI,
};

/* Map anonymous data pages and, after them, a copy of the image that the test can patch. */
static void *map_image(void)
{
	int fd = open("build/blob/fastvdso.so", O_RDONLY);
	char *below = mmap(NULL, (1 + FASTVDSO_DATA_PAGES + CODE_PAGES) * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *base = below + PAGE;
	char *code = base + FASTVDSO_DATA_PAGES * PAGE;
	ssize_t size = read(fd, code, CODE_PAGES * PAGE);

	close(fd);
	hypervisor = below;
	ns = (void *)(base + FASTVDSO_PAGE_NS * PAGE);
	page = (void *)(base + FASTVDSO_PAGE_TIME * PAGE);
	steered = (void *)(base + FASTVDSO_PAGE_STEERED * PAGE);
	cpus = (void *)(base + FASTVDSO_PAGE_CPU * PAGE);
	cpu_time = (void *)(base + FASTVDSO_PAGE_CPU_TIME * PAGE);
	if (size <= 0 || fastvdso_elf_parse(&elf, code, (size_t)size) || fastvdso_find_calls(&image, &elf))
		return NULL;
	return code;
}

/* Make the code executable and read-only. */
static int seal_image(void *code)
{
	return mprotect(code, CODE_PAGES * PAGE, PROT_READ | PROT_EXEC);
}

static __attribute__((__unused__)) int cpu_has(const char *flag)
{
	static char flags[1 << 14];
	FILE *file = fopen("/proc/cpuinfo", "r");
	size_t size = fread(flags, 1, sizeof(flags) - 1, file);
	char *found;

	fclose(file);
	flags[size] = '\0';
	found = strstr(flags, flag);
	return found && strchr(" \n", found[strlen(flag)]) != NULL;
}

/* Clock values that differ from any kernel's. */
static __attribute__((__unused__)) void fill_update(struct fastvdso_update *update, __u8 clock_mode,
						    __u64 cycle_last)
{
	memset(update, 0, sizeof(*update));
	update->hres.clock = (struct fastvdso_clock) {
		.mult = 6442450, .shift = 24, .max_delta = ~0u,
		.clock_mode = clock_mode,
	};
	update->raw.clock = update->hres.clock;
	update->raw.clock.mult++;
	fastvdso_clock_set(&update->hres.clock, cycle_last, 123456789ull << 24);
	fastvdso_clock_set(&update->raw.clock, cycle_last, 123456789ull << 24);
	update->hres.real_sec = 1000;
	update->hres.mono_sec = 2000;
	update->hres.mono_nsec = 900000000;
	update->hres.boot_sec = 30;
	update->hres.boot_nsec = 800000000;
	update->hres.tai_offset = 37;
	update->raw.raw_sec = 4000;
	update->raw.real_coarse_sec = 1000;
	update->raw.real_coarse_nsec = 1;
	update->raw.mono_coarse_sec = 2001;
	update->raw.mono_coarse_nsec = 2;
	update->clocksource.mask = ~0ull;
	update->clocksource.max_cycles = 1ull << 40;
}

/* Offsets of a time namespace. */
static __attribute__((__unused__)) void fill_namespace(void)
{
	ns->mono_sec = 5;
	ns->mono_nsec = 300000000;
	ns->boot_sec = -7;
	ns->boot_nsec = 400000000;
}

/*
 * The value of a fine clock at a counter value, computed from an update. Before the update the clock
 * reads the update's time. The update must not be too old.
 */
static __attribute__((__unused__)) int64_t clock_at(const struct fastvdso_update *update, int32_t id,
						    __u64 counter)
{
	const struct fastvdso_clock *clock = id == CLOCK_MONOTONIC_RAW ? &update->raw.clock
									: &update->hres.clock;
	__u64 delta = (__s64)(counter - clock->cycle_last) < 0 ? 0 : counter - clock->cycle_last;
	int64_t nsec = (int64_t)(((unsigned __int128)delta * clock->mult + fastvdso_clock_nsec(clock)) >>
				 clock->shift);
	int64_t sec = 0;

	switch (id) {
	case CLOCK_REALTIME:
		sec = update->hres.real_sec;
		break;
	case CLOCK_TAI:
		sec = update->hres.real_sec + update->hres.tai_offset;
		break;
	case CLOCK_MONOTONIC_RAW:
		sec = update->raw.raw_sec + ns->mono_sec;
		nsec += ns->mono_nsec;
		break;
	case CLOCK_MONOTONIC:
		sec = update->hres.mono_sec + ns->mono_sec;
		nsec += update->hres.mono_nsec + ns->mono_nsec;
		break;
	case CLOCK_BOOTTIME:
		sec = update->hres.mono_sec + update->hres.boot_sec + ns->boot_sec;
		nsec += update->hres.mono_nsec + update->hres.boot_nsec + ns->boot_nsec;
		break;
	}
	return sec * INT64_C(1000000000) + nsec;
}

/* Whether a reading of CLOCK_REALTIME is within a second of the kernel's. */
static __attribute__((__unused__)) int is_the_kernels(int64_t nsec)
{
	struct timespec kernel;

	syscall(SYS_clock_gettime, CLOCK_REALTIME, &kernel);
	return llabs(nsec / 1000000000 - kernel.tv_sec) <= 1;
}

/* The POSIX calls, in nanoseconds. */
static __attribute__((__unused__)) int64_t by_clock_gettime(int32_t id)
{
	struct timespec ts;

	return image.clock_gettime(id, &ts) ? -1 : ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static __attribute__((__unused__)) int64_t by_gettimeofday(void)
{
	struct timeval tv;

	return image.gettimeofday(&tv, NULL) ? -1 : tv.tv_sec * INT64_C(1000000000) + tv.tv_usec * 1000;
}

#endif
