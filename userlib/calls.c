// SPDX-License-Identifier: GPL-2.0 OR MIT
#define _GNU_SOURCE
#include "calls.h"
#include "own_cpu.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Turn a result of -1 into -errno, and restore errno. */
static int keep_errno(int ret, int saved)
{
	if (ret) {
		ret = -errno;
		errno = saved;
	}
	return ret;
}

static int libc_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int saved = errno;

	return keep_errno(clock_gettime(clock, ts), saved);
}

static int64_t libc_now_ns(clockid_t clock)
{
	struct timespec ts;
	int ret = libc_clock_gettime(clock, &ts);

	return ret ? ret : ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int64_t libc_now_ns_bound(clockid_t clock, uint64_t *bound)
{
	*bound = 0;
	return libc_now_ns(clock);
}

static int libc_gettimeofday(struct timeval *tv, void *tz)
{
	/* Not on 32-bit machines, whose system call has 32-bit seconds. */
	const bool fills_tv = sizeof(*tv) == 2 * sizeof(long);
	int saved = errno, ret = 0;

	/* libc clears the timezone instead of asking the kernel. */
	if (tz)
		ret = (int)syscall(SYS_gettimeofday, fills_tv ? tv : NULL, tz);
	if (!ret && tv && !(tz && fills_tv))
		ret = gettimeofday(tv, NULL);
	return keep_errno(ret, saved);
}

static int libc_clock_getres(clockid_t clock, struct timespec *res)
{
	int saved = errno;

	return keep_errno(clock_getres(clock, res), saved);
}

static long libc_getcpu(unsigned int *cpu, unsigned int *node, void *unused)
{
	int saved = errno;

#ifdef __GLIBC__
	(void)unused;
	return keep_errno(getcpu(cpu, node), saved);
#else
	return keep_errno((int)syscall(SYS_getcpu, cpu, node, unused), saved);
#endif
}

ssize_t fastvdso_libc_getrandom(void *buffer, size_t length, unsigned int flags)
{
	int saved = errno;
	ssize_t ret = getrandom(buffer, length, flags);

	return ret < 0 ? keep_errno(-1, saved) : ret;
}

static void libc_time_info(struct fastvdso_time_info *info)
{
	memset(info, 0, sizeof(*info));
}

static uint64_t no_ticks(void)
{
	return 0;
}

static int64_t no_ticks_to_ns(clockid_t clock, uint64_t ticks)
{
	(void)clock;
	(void)ticks;
	return -EOPNOTSUPP;
}

static int no_ns_to_ticks(clockid_t clock, int64_t ns, uint64_t *ticks)
{
	(void)clock;
	(void)ns;
	(void)ticks;
	return -EOPNOTSUPP;
}

static int no_counter_info(struct fastvdso_counter_info *info)
{
	memset(info, 0, sizeof(*info));
	return -EOPNOTSUPP;
}

static int no_cpu_times(struct fastvdso_cpu_times *times)
{
	(void)times;
	return -EOPNOTSUPP;
}

static int no_snapshot(struct fastvdso_snapshot *snapshot)
{
	(void)snapshot;
	return -EOPNOTSUPP;
}

const struct fastvdso_calls fastvdso_libc_calls = {
	.clock_gettime	= libc_clock_gettime,
	.now_ns		= libc_now_ns,
	.now_ns_bound	= libc_now_ns_bound,
	.gettimeofday	= libc_gettimeofday,
	.time		= time,
	.clock_getres	= libc_clock_getres,
	.getcpu		= libc_getcpu,
	.time_info	= libc_time_info,
	.now_ns_unordered = libc_now_ns,
	.ticks		= no_ticks,
	.ticks_to_ns	= no_ticks_to_ns,
	.ns_to_ticks	= no_ns_to_ticks,
	.counter_info	= no_counter_info,
	.snapshot	= no_snapshot,
	.cpu_times	= no_cpu_times,
};

/* Symbol names in the image, in the order of struct fastvdso_calls. */
static const char *const names[] = {
	"__fastvdso_clock_gettime",
	"__fastvdso_now_ns",
	"__fastvdso_now_ns_bound",
	"__fastvdso_gettimeofday",
	"__fastvdso_time",
	"__fastvdso_clock_getres",
	"__fastvdso_getcpu",
	"__fastvdso_time_info",
	"__fastvdso_now_ns_unordered",
	"__fastvdso_ticks",
	"__fastvdso_ticks_to_ns",
	"__fastvdso_ns_to_ticks",
	"__fastvdso_counter_info",
	FASTVDSO_SNAPSHOT_HAS_CPU ? "__fastvdso_snapshot" : "__fastvdso_snapshot_clocks",
	"__fastvdso_cpu_times",
};

#define CALL_COUNT	(sizeof(names) / sizeof(names[0]))
_Static_assert(sizeof(struct fastvdso_calls) == CALL_COUNT * sizeof(void *), "one name per call");

int fastvdso_find_calls(struct fastvdso_calls *calls, const struct fastvdso_elf *elf)
{
	void *found[CALL_COUNT] = { NULL };
	size_t i;

	for (i = 0; i < CALL_COUNT; i++) {
		found[i] = fastvdso_elf_function(elf, names[i], "FASTVDSO_1.0");
		if (!found[i])
			return -ENOEXEC;
	}
	memcpy(calls, found, sizeof(*calls));
	return 0;
}
