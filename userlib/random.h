/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The generator of random numbers; internal to the library. docs/getrandom.md has the design. */
#ifndef FASTVDSO_RANDOM_H
#define FASTVDSO_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

/* The largest request that is not left to the kernel, in bytes. */
#define FASTVDSO_RANDOM_MAX	4096

/*
 * Generate numbers, unless *generation, a field of the time page, is 0. This makes all system calls
 * that the generator ever needs, except getrandom(). If one fails, nothing is generated.
 */
void fastvdso_random_start(const __u64 *generation);

/* Generate no more, and erase all keys. No other thread may be inside a call. */
void fastvdso_random_stop(void);

/* To be called in the child of a fork. */
void fastvdso_random_forked(void);

/* Fill all of @buffer, or return false: then only the system call can. Neither fails nor changes errno. */
bool fastvdso_random_fill(void *buffer, size_t length);

#endif
