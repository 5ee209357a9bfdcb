// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libfastvdso-preload.so: libfastvdso under the names of libc, for unmodified programs. Errors
 * become -1 and errno.
 *
 * If libfastvdso falls back, it calls the next definition of the name, that of another preloaded
 * library or libc. Before the constructor has looked these up, it makes the system call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fastvdso.h"
#include "libc_names.h"
#include "next.h"
#include "preload.h"
#include "random.h"
#include "time_calls.h"

/* Programs look these up to find out whether libc has them, so define them only if it has. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#define HAS_ARC4RANDOM	__GLIBC_PREREQ(2, 36)
#endif

/* Not in every libc's headers. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

#ifdef __GLIBC__

extern void *__dso_handle __attribute__((__visibility__("hidden")));
extern int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *dso)
	__attribute__((__weak__));

/*
 * glibc links pthread_atfork() into each library, and that calls a function which musl does not have. This
 * definition replaces it, so that the library loads under musl too.
 */
int pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
	int (*musl)(void (*)(void), void (*)(void), void (*)(void));

	if (__register_atfork)
		return __register_atfork(before, parent, child, __dso_handle);
	musl = (__typeof__(musl))dlsym(RTLD_NEXT, "pthread_atfork");
	return musl ? musl(before, parent, child) : ENOSYS;
}

#endif

static int kernel_clock_gettime(clockid_t clock, struct timespec *ts)
{
	return (int)syscall(NR_timespec_gettime, clock, ts);
}

/* Not by the system call of this name, which has 32-bit seconds on 32-bit machines. */
static int kernel_gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec ts;
	int ret = kernel_clock_gettime(CLOCK_REALTIME, &ts);

	(void)tz;
	if (!ret)
		TIMESPEC_TO_TIMEVAL(tv, &ts);
	return ret;
}

static int kernel_clock_getres(clockid_t clock, struct timespec *res)
{
	return (int)syscall(NR_timespec_getres, clock, res);
}

static int kernel_getcpu(unsigned int *cpu, unsigned int *node)
{
	return (int)syscall(SYS_getcpu, cpu, node, NULL);
}

static time_t kernel_time(time_t *t)
{
	struct timespec ts = { 0, 0 };

	syscall(NR_timespec_gettime, CLOCK_REALTIME_COARSE, &ts);
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

static ssize_t kernel_getrandom(void *buffer, size_t length, unsigned int flags)
{
	return syscall(SYS_getrandom, buffer, length, flags);
}

static int kernel_setns(int fd, int type)
{
	return (int)syscall(SYS_setns, fd, type);
}

static int (*volatile clock_gettime_of)(clockid_t, struct timespec *) = kernel_clock_gettime;
static int (*volatile gettimeofday_of)(struct timeval *, void *) = kernel_gettimeofday;
static int (*volatile clock_getres_of)(clockid_t, struct timespec *) = kernel_clock_getres;
static int (*volatile getcpu_of)(unsigned int *, unsigned int *) = kernel_getcpu;
static time_t (*volatile time_of)(time_t *) = kernel_time;
static ssize_t (*volatile getrandom_of)(void *, size_t, unsigned int) = kernel_getrandom;
static int (*volatile setns_of)(int, int) = kernel_setns;
static int (*volatile getentropy_of)(void *, size_t);
#if HAS_ARC4RANDOM
static void (*volatile arc4random_buf_of)(void *, size_t);
#endif
static int (*volatile timespec_get_of)(struct timespec *, int);
static int (*volatile timespec_getres_of)(struct timespec *, int);

int next_clock_gettime(clockid_t clock, struct timespec *ts)
{
	return clock_gettime_of(clock, ts);
}

int next_gettimeofday(struct timeval *tv, void *tz)
{
	return gettimeofday_of(tv, tz);
}

int next_clock_getres(clockid_t clock, struct timespec *res)
{
	return clock_getres_of(clock, res);
}

int next_getcpu(unsigned int *cpu, unsigned int *node)
{
	return getcpu_of(cpu, node);
}

time_t next_time(time_t *t)
{
	return time_of(t);
}

ssize_t next_getrandom(void *buffer, size_t length, unsigned int flags)
{
	return getrandom_of(buffer, length, flags);
}

/* Keep the default if no later library defines the name. */
#define FIND_BY(function, name) do {				\
	void *found = dlsym(RTLD_NEXT, name);			\
								\
	if (found)						\
		function##_of = (__typeof__(function##_of))found;	\
} while (0)
#define FIND(function)		FIND_BY(function, #function)
#define FIND_TIME(function)	FIND_BY(function, TIME_NAME(function))

__attribute__((__constructor__)) static void init(void)
{
	const char *mode = getenv("FASTVDSO_PRELOAD");

	FIND_TIME(clock_gettime);
	FIND_TIME(gettimeofday);
	FIND_TIME(clock_getres);
	FIND(getcpu);
	FIND_TIME(time);
	FIND(getrandom);
	FIND(getentropy);
	FIND(setns);
#if HAS_ARC4RANDOM
	FIND(arc4random_buf);
#endif
	FIND_TIME(timespec_get);
	FIND_TIME(timespec_getres);
	fastvdso_open_flags(mode && !strcmp(mode, "steered") ? FASTVDSO_STEERED : 0);
}

/* 0 or -errno -> 0 or -1 and errno. */
static int set_errno(int ret)
{
	if (!ret)
		return 0;
	errno = -ret;
	return -1;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *ts)
{
	return set_errno(fastvdso_clock_gettime(clock, ts));
}

EXPORT int clock_getres(clockid_t clock, struct timespec *res)
{
	return set_errno(fastvdso_clock_getres(clock, res));
}

/* Like glibc, return a timezone of zeroes without asking the kernel. */
EXPORT int gettimeofday(struct timeval *tv, void *tz)
{
	if (tz)
		memset(tz, 0, sizeof(struct timezone));
	return set_errno(fastvdso_gettimeofday(tv, NULL));
}

EXPORT time_t time(time_t *t)
{
	return fastvdso_time(t);
}

EXPORT int getcpu(unsigned int *cpu, unsigned int *node)
{
	return set_errno(fastvdso_getcpu(cpu, node));
}

EXPORT int sched_getcpu(void)
{
	unsigned int cpu = 0;
	int ret = fastvdso_getcpu(&cpu, NULL);

	return ret ? set_errno(ret) : (int)cpu;
}

/* The process may have entered a time namespace, and its page has the offsets of the old one. */
EXPORT int setns(int fd, int type)
{
	int ret = setns_of(fd, type);

	if (!ret && (!type || type & CLONE_NEWTIME))
		fastvdso_refresh();
	return ret;
}

/* C11. Bases other than TIME_UTC are left to libc. */
EXPORT int timespec_get(struct timespec *ts, int base)
{
	if (base != TIME_UTC)
		return timespec_get_of ? timespec_get_of(ts, base) : 0;
	return fastvdso_clock_gettime(CLOCK_REALTIME, ts) ? 0 : base;
}

EXPORT int timespec_getres(struct timespec *ts, int base)
{
	if (base != TIME_UTC)
		return timespec_getres_of ? timespec_getres_of(ts, base) : 0;
	return fastvdso_clock_getres(CLOCK_REALTIME, ts) ? 0 : base;
}

EXPORT ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	ssize_t ret = fastvdso_getrandom(buffer, length, flags);

	return ret < 0 ? set_errno((int)ret) : ret;
}

/* All of a buffer, by the system call, which may return less or be interrupted. 0 or -1 with errno. */
static int kernel_getentropy(void *buffer, size_t length)
{
	char *to = buffer;

	while (length) {
		ssize_t ret = kernel_getrandom(to, length, 0);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return -1;
		to += ret;
		length -= (size_t)ret;
	}
	return 0;
}

/* Not by the library's fallback: these are no cancellation points, and libc's getrandom() is one. */
EXPORT int getentropy(void *buffer, size_t length)
{
	if (length <= 256 && fastvdso_random_fill(buffer, length))
		return 0;
	if (getentropy_of)
		return getentropy_of(buffer, length);
	return length <= 256 ? kernel_getentropy(buffer, length) : set_errno(-EIO);
}

#if HAS_ARC4RANDOM

/* It does not return if there is no source. */
EXPORT void arc4random_buf(void *buffer, size_t length)
{
	int saved = errno;

	if (fastvdso_random_fill(buffer, length))
		return;
	if (arc4random_buf_of)
		arc4random_buf_of(buffer, length);
	else if (kernel_getentropy(buffer, length))
		abort();
	errno = saved;
}

EXPORT uint32_t arc4random(void)
{
	uint32_t number;

	arc4random_buf(&number, sizeof(number));
	return number;
}

/* The 2^32 modulo @limit lowest numbers are drawn again, so that the others divide evenly. */
EXPORT uint32_t arc4random_uniform(uint32_t limit)
{
	uint32_t number;

	if (limit < 2)
		return 0;
	do {
		number = arc4random();
	} while (number < -limit % limit);
	return number % limit;
}

#endif
