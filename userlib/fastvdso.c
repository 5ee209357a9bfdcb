// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The public calls: one load of a table that is always complete, and a jump. */
#include "fastvdso.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "map.h"

/* Linux 5.18, for what mlockall(2) has locked; not in every libc. */
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

/* The table in use; always valid, so that calls need no check and no lock. */
static _Atomic(const struct fastvdso_calls *) current = &fastvdso_libc_calls;

/* All below is changed under the lock only. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct fastvdso_mapping mapping;
static struct fastvdso_calls image_calls;
static unsigned int opened, opened_flags;
static enum fastvdso_reason reason = FASTVDSO_REASON_NOT_OPEN;
static int error;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

/* A child must not inherit a lock that a thread of its parent held. */
static void register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

/* Returns the thread's cancellation state: a cancelled thread must not keep the lock. */
static int acquire(void)
{
	int cancellation;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	pthread_once(&once, register_fork_handlers);
	pthread_mutex_lock(&lock);
	return cancellation;
}

static void release(int cancellation)
{
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancellation, NULL);
}

static int open_locked(unsigned int flags)
{
	int ret = fastvdso_map(&mapping, &fastvdso_os, FASTVDSO_DEVICE,
			       flags & FASTVDSO_STEERED ? FASTVDSO_MAP_STEERED : 0, &reason);

	if (ret)
		return ret;
	ret = fastvdso_find_calls(&image_calls, &mapping.elf);
	if (ret) {
		fastvdso_unmap(&mapping);
		reason = FASTVDSO_REASON_BAD_IMAGE;
		return ret;
	}
	atomic_store_explicit(&current, &image_calls, memory_order_release);
	return 0;
}

int fastvdso_open_flags(unsigned int flags)
{
	int cancellation, ret = 0;

	if (flags & ~FASTVDSO_STEERED)
		return -EINVAL;
	cancellation = acquire();
	if (!opened) {
		ret = open_locked(flags);
		error = -ret;
		opened_flags = flags;
	} else if (opened_flags != flags) {
		ret = -EBUSY;
	}
	if (!ret)
		opened++;
	release(cancellation);
	return ret;
}

int fastvdso_open(void)
{
	return fastvdso_open_flags(0);
}

void fastvdso_close(void)
{
	int cancellation = acquire();

	if (opened && !--opened) {
		atomic_store_explicit(&current, &fastvdso_libc_calls, memory_order_release);
		fastvdso_unmap(&mapping);
		reason = FASTVDSO_REASON_NOT_OPEN;
	}
	release(cancellation);
}

static inline const struct fastvdso_calls *calls(void)
{
	return atomic_load_explicit(&current, memory_order_acquire);
}

int fastvdso_clock_gettime(clockid_t clock, struct timespec *ts)
{
	return calls()->clock_gettime(clock, ts);
}

int64_t fastvdso_now_ns(clockid_t clock)
{
	return calls()->now_ns(clock);
}

int64_t fastvdso_now_ns_bound(clockid_t clock, uint64_t *bound)
{
	return calls()->now_ns_bound(clock, bound);
}

int fastvdso_gettimeofday(struct timeval *tv, void *tz)
{
	return calls()->gettimeofday(tv, tz);
}

time_t fastvdso_time(time_t *t)
{
	return calls()->time(t);
}

int fastvdso_clock_getres(clockid_t clock, struct timespec *res)
{
	return calls()->clock_getres(clock, res);
}

int fastvdso_getcpu(unsigned int *cpu, unsigned int *node)
{
	return (int)calls()->getcpu(cpu, node, NULL);
}

int64_t fastvdso_now_ns_unordered(clockid_t clock)
{
	return calls()->now_ns_unordered(clock);
}

uint64_t fastvdso_ticks(void)
{
	return calls()->ticks();
}

int64_t fastvdso_ticks_to_ns(clockid_t clock, uint64_t ticks)
{
	return calls()->ticks_to_ns(clock, ticks);
}

int fastvdso_ns_to_ticks(clockid_t clock, int64_t ns, uint64_t *ticks)
{
	return calls()->ns_to_ticks(clock, ns, ticks);
}

int fastvdso_counter_info(struct fastvdso_counter_info *info)
{
	return calls()->counter_info(info);
}

/* Without a counter: one clock after the other, and how long that took is the bound. */
static int snapshot_by_calls(const struct fastvdso_calls *by, struct fastvdso_snapshot *snapshot)
{
	int64_t begin = by->now_ns(CLOCK_MONOTONIC), end;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->realtime = by->now_ns(CLOCK_REALTIME);
	snapshot->tai = by->now_ns(CLOCK_TAI);
	snapshot->boottime = by->now_ns(CLOCK_BOOTTIME);
	snapshot->monotonic_raw = by->now_ns(CLOCK_MONOTONIC_RAW);
	by->getcpu(&snapshot->cpu, &snapshot->node, NULL);
	end = by->now_ns(CLOCK_MONOTONIC);
	if (begin < 0 || end < 0)
		return begin < 0 ? (int)begin : (int)end;
	snapshot->monotonic = begin;
	snapshot->bound = (uint64_t)(end - begin);
	return 0;
}

int fastvdso_snapshot(struct fastvdso_snapshot *snapshot)
{
	const struct fastvdso_calls *by = calls();

	return by->snapshot(snapshot) ? snapshot_by_calls(by, snapshot) : 0;
}

/* The kernel chooses the namespace page anew when it is next touched. */
int fastvdso_refresh(void)
{
	int cancellation = acquire(), saved = errno, ret = 0;

	if (opened && madvise((void *)mapping.ns, mapping.info.page_size, MADV_DONTNEED) &&
	    madvise((void *)mapping.ns, mapping.info.page_size, MADV_DONTNEED_LOCKED))
		ret = -errno;
	errno = saved;
	release(cancellation);
	return ret;
}

void *fastvdso_sym(const char *name, const char *version)
{
	int cancellation = acquire();
	void *found = opened ? fastvdso_elf_function(&mapping.elf, name, version) : NULL;

	release(cancellation);
	return found;
}

static int is_readable(uint32_t clock_mode)
{
	if (clock_mode == FASTVDSO_CLOCK_PVCLOCK || clock_mode == FASTVDSO_CLOCK_HVCLOCK)
		return mapping.below > 0;
	return clock_mode == FASTVDSO_CLOCK_COUNTER;
}

/* What only a mapping can tell. */
static void fill_mapped(struct fastvdso_status *status)
{
	const struct fastvdso_info *info = &mapping.info;
	struct fastvdso_time_info time;
	int64_t updated;

	image_calls.time_info(&time);
	updated = (time.update_sec + mapping.ns->mono_sec) * INT64_C(1000000000) +
		  time.update_nsec + mapping.ns->mono_nsec;

	status->clock_mode = time.clock_mode;
	status->steering = mapping.steered->steering;
	status->update_age_ns = image_calls.now_ns_bound(CLOCK_MONOTONIC, &status->bound_ns) - updated;
	if (is_readable(time.clock_mode))
		status->mode = FASTVDSO_MODE_EXACT;
	else if (status->bound_ns)
		status->mode = FASTVDSO_MODE_STEERED;
	else
		status->reason = FASTVDSO_REASON_CLOCKSOURCE;
	status->abi_version = info->abi_version;
	status->page_size = info->page_size;
	status->data_pages = info->data_pages;
	status->code_pages = info->code_pages;
	status->image_size = info->image_size;
	status->updates = time.seq / 2;
	status->flags = mapping.ns->flags & FASTVDSO_NS_STEERED ? FASTVDSO_STEERED : 0;
	status->pairings = mapping.steered->pairings;
	status->losses = mapping.steered->losses;
	status->data = mapping.base;
	status->image = mapping.elf.base;
	status->code_from = mapping.installed_image ? mapping.installed_image : FASTVDSO_DEVICE;
	memcpy(status->build_id, info->build_id, sizeof(status->build_id));
	memcpy(status->clocksource, time.name, sizeof(status->clocksource));
	status->clocksource[sizeof(status->clocksource) - 1] = '\0';
}

int fastvdso_status(struct fastvdso_status *to, size_t size)
{
	struct fastvdso_status status = { .mode = FASTVDSO_MODE_FALLBACK };
	int cancellation;

	if (!size || size > sizeof(status))
		return -EINVAL;
	cancellation = acquire();
	status.reason = reason;
	status.error = error;
	if (opened)
		fill_mapped(&status);
	release(cancellation);
	memcpy(to, &status, size);
	return 0;
}

const char *fastvdso_strreason(enum fastvdso_reason why)
{
	switch (why) {
	case FASTVDSO_REASON_NONE:
		return "the page serves every clock that it has";
	case FASTVDSO_REASON_NOT_OPEN:
		return "not opened";
	case FASTVDSO_REASON_NO_DEVICE:
		return "no device " FASTVDSO_DEVICE ", or no module behind it";
	case FASTVDSO_REASON_NO_ACCESS:
		return "not allowed to open " FASTVDSO_DEVICE;
	case FASTVDSO_REASON_NO_EXEC:
		return "not allowed to map code from " FASTVDSO_DEVICE " (noexec, or a security policy)";
	case FASTVDSO_REASON_VERSION:
		return "the module speaks an ABI that this library does not";
	case FASTVDSO_REASON_BAD_PAGES:
		return "the data pages are not what they should be";
	case FASTVDSO_REASON_BAD_IMAGE:
		return "the code image is not what it should be";
	case FASTVDSO_REASON_NO_MEMORY:
		return "no room for the mapping, or no file descriptor";
	case FASTVDSO_REASON_CLOCKSOURCE:
		return "user space cannot read the kernel's clocksource";
	case FASTVDSO_REASON_NO_VDSO:
		return "the process was given no vDSO, and wants no other (valgrind, or vdso=0)";
	}
	return "unknown reason";
}

const char *fastvdso_strsteering(enum fastvdso_steering steering)
{
	switch (steering) {
	case FASTVDSO_STEERING_NONE:
		return "not provided";
	case FASTVDSO_STEERING_IDLE:
		return "not needed at this moment";
	case FASTVDSO_STEERING_FORBIDDEN:
		return "forbidden by the administrator (module parameter steered)";
	case FASTVDSO_STEERING_UNSUPPORTED:
		return "nothing vouches for the CPU's counter to be constant, or there are too many CPUs";
	case FASTVDSO_STEERING_ACQUIRING:
		return "the counter is being measured";
	case FASTVDSO_STEERING_UNSTABLE:
		return "a counter is not steady; it is tried again after a while";
	case FASTVDSO_STEERING_ACTIVE:
		return "the clocks follow the kernel's within a bound";
	}
	return "unknown state";
}
