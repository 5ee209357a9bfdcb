/* SPDX-License-Identifier: GPL-2.0 */
/* What all targets of libFuzzer here need. */
#ifndef FASTVDSO_FUZZ_H
#define FASTVDSO_FUZZ_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Called for each input. Returns 0. The input is on the heap, so reads past its end are reported. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * ASan's defaults cost most of the time: memory is filled, and kept for so long after it is freed that
 * each allocation gets pages that were never used. One input allocates far less than a megabyte.
 */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:max_malloc_fill_size=0:"
	       "malloc_context_size=4";
}

static void abort_on(int signal)
{
	(void)signal;
	abort();
}

/* libFuzzer keeps the input of an abort. Its own time limit is of real time, which a busy machine takes. */
static __attribute__((constructor)) void abort_at_cpu_limit(void)
{
	signal(SIGXCPU, abort_on);
}

/* What holds for every input. */
#define require(condition) do { if (!(condition)) abort(); } while (0)

/* Read the value, whatever it is. */
#define use(value)	__asm__ __volatile__("" : : "r"(value))

/* Take the next `size` bytes of the input; zeroes behind its end. */
static inline void take(const uint8_t **data, size_t *left, void *to, size_t size)
{
	size_t taken = size < *left ? size : *left;

	memcpy(to, *data, taken);
	memset((char *)to + taken, 0, size - taken);
	*data += taken;
	*left -= taken;
}

/* How much of the input each structure has, so that the corpus stays valid when one gets more fields. */
#define ROOM_INFO	96
#define ROOM_NS_PAGE	64
#define ROOM_TIME_PAGE	640

#define take_structure(data, left, to, room) do {				\
	char rest_[(room) - sizeof(*(to)) + 1];					\
										\
	_Static_assert(sizeof(*(to)) <= (room), "too little room in the input"); \
	take(data, left, to, sizeof(*(to)));					\
	take(data, left, rest_, sizeof(rest_) - 1);				\
} while (0)

#endif
