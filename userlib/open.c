// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "open.h"
#include "random.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

/* Linux 5.18, for memory locked by mlockall(2); not in every libc. */
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
struct fastvdso_state fastvdso_state = { .reason = FASTVDSO_REASON_NOT_OPEN };
static struct fastvdso_state *const state = &fastvdso_state;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	fastvdso_random_forked();
	after_fork();
}

/* Without these a child could inherit a lock that another thread of its parent held. */
static void register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

int fastvdso_lock(void)
{
	int cancellation;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	pthread_once(&once, register_fork_handlers);
	pthread_mutex_lock(&lock);
	return cancellation;
}

void fastvdso_unlock(int cancellation)
{
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancellation, NULL);
}

static int open_locked(unsigned int flags)
{
	int ret = fastvdso_map(&state->mapping, &fastvdso_os, FASTVDSO_DEVICE,
			       flags & FASTVDSO_STEERED ? FASTVDSO_MAP_STEERED : 0, &state->reason);

	if (ret)
		return ret;
	ret = fastvdso_find_calls(&state->calls, &state->mapping.elf);
	if (ret) {
		fastvdso_unmap(&state->mapping);
		state->reason = FASTVDSO_REASON_BAD_IMAGE;
		return ret;
	}
	fastvdso_use_calls(&state->calls);
	fastvdso_random_start(&state->mapping.time->random_generation);
	return 0;
}

int fastvdso_open_flags(unsigned int flags)
{
	int cancellation, ret = 0;

	if (flags & ~FASTVDSO_STEERED)
		return -EINVAL;
	cancellation = fastvdso_lock();
	if (!state->open_count) {
		ret = open_locked(flags);
		state->error = -ret;
		state->open_flags = flags;
	} else if (state->open_flags != flags) {
		ret = -EBUSY;
	}
	if (!ret)
		state->open_count++;
	fastvdso_unlock(cancellation);
	return ret;
}

int fastvdso_open(void)
{
	return fastvdso_open_flags(0);
}

void fastvdso_close(void)
{
	int cancellation = fastvdso_lock();

	if (state->open_count && !--state->open_count) {
		fastvdso_use_calls(&fastvdso_libc_calls);
		fastvdso_random_stop();
		fastvdso_unmap(&state->mapping);
		state->reason = FASTVDSO_REASON_NOT_OPEN;
	}
	fastvdso_unlock(cancellation);
}

/* Drop the namespace page: the kernel chooses it again when it is next touched. */
int fastvdso_refresh(void)
{
	int cancellation = fastvdso_lock(), saved = errno, ret = 0;
	void *page = (void *)state->mapping.ns;
	size_t size = state->mapping.info.page_size;

	if (state->open_count && madvise(page, size, MADV_DONTNEED) &&
	    madvise(page, size, MADV_DONTNEED_LOCKED))
		ret = -errno;
	errno = saved;
	fastvdso_unlock(cancellation);
	return ret;
}

void *fastvdso_sym(const char *name, const char *version)
{
	int cancellation = fastvdso_lock();
	void *found = state->open_count ?
		      fastvdso_elf_function(&state->mapping.elf, name, version) : NULL;

	fastvdso_unlock(cancellation);
	return found;
}
