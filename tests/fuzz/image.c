// SPDX-License-Identifier: GPL-2.0
/* The image's sources, in one file that has no access to the definition of the pages. */
#include "image.h"

#include "../host/fake_counter.h"

#define FASTVDSO_ARCH_COUNTER_NAME	"tsc"

#include "../../vdso_blob/vdso.c"
#include "../../vdso_blob/ticks.c"
#include "../../vdso_blob/cpu_time.c"

static unsigned int changes_left;

static void change_the_page(void)
{
	if (!changes_left)
		return;
	changes_left--;
	image_pages.time->hres[0].clock.seq++;
	image_pages.time->raw[0].clock.seq++;
	image_pages.time->task_clock.seq += 2;
	image_pages.steered->hres[0].clock.seq += 2;
	image_pages.steered->raw[0].clock.seq += 2;
}

void image_set(__u64 counter, __u32 cpunode, unsigned int changes)
{
	fake_counter = counter;
	fake_cpunode = cpunode;
	fake_cpu = cpunode & 4095;
	changes_left = changes;
	while_reading = change_the_page;
}

static void call_with(__s32 id, __u64 ticks, __s64 nsec)
{
	struct timespec64 ts = { 0, 0 };
	__u64 bound = 0;

	__fastvdso_clock_gettime(id, &ts);
	__fastvdso_now_ns(id);
	__fastvdso_now_ns_bound(id, &bound);
	__fastvdso_now_ns_unordered(id);
	__fastvdso_clock_getres(id, &ts);
	__fastvdso_ticks_to_ns(id, ticks);
	__fastvdso_ns_to_ticks(id, nsec, &bound);
}

void image_call(__s32 id, __u64 ticks, __s64 nsec)
{
	struct fastvdso_counter_info counter_info;
	struct fastvdso_snapshot snapshot;
	struct fastvdso_cpu_times cpu_times;
	struct fastvdso_time_info info;
	struct timeval64 tv = { 0, 0 };
	__u32 cpu, node;
	__s32 clock;

	for (clock = 0; clock < 12; clock++)
		call_with(clock, ticks, nsec);
	call_with(id, ticks, nsec);
	__fastvdso_cpu_times(&cpu_times);
	__fastvdso_gettimeofday(&tv, NULL);
	__fastvdso_time(NULL);
	__fastvdso_getcpu(&cpu, &node, NULL);
	__fastvdso_ticks();
	__fastvdso_counter_info(&counter_info);
	__fastvdso_snapshot(&snapshot);
	__fastvdso_time_info(&info);
}
