// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Random numbers: ChaCha20 with a key of each thread. The key comes from the kernel, again when the
 * generation on the time page changes, and is replaced before any byte that was computed from it is
 * returned. docs/getrandom.md has the design.
 *
 * Keys and unused output are only in memory that a child of fork() gets as zeroes, and in registers.
 * fastvdso_random_fill() does not allocate, wait or take a lock, so that signal handlers and allocators can
 * call it.
 */
#define _GNU_SOURCE
#include "random.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT	1
#endif

/* Some architectures have no cipher yet. */
#if __has_include("chacha.h")

#include "chacha.h"

static _Atomic(const __u64 *) page_generation;

/* Eight cache lines. The child of a fork() finds all of it zero, whatever its parent was doing. */
struct slot {
	_Atomic uintptr_t	lock;		/* 0: free; the owner's token; token + 1 while it is in use */
	volatile uint64_t	generation;	/* for which the key was fetched; 0: no key */
	volatile uint32_t	left;		/* bytes of output that were not returned yet */
	uint8_t			key[CHACHA_SIZE_MAX] __attribute__((__aligned__(64)));	/* then the output */
} __attribute__((__aligned__(512)));

#define SLOTS		1024
/* Slots that are locked in memory, 16 KiB, unless that is more than a sixteenth of what may be locked. */
#define LOCKED_SLOTS	32
#define LOCKED_SHARE	16

static struct slot *_Atomic slots;
/* Bytes that one refill computes, the next key among them. */
static uint32_t refill_size;
/* How often a slot was freed. Slot 0 is not used; its generation is this plus 1 if a search found none. */
static _Atomic uint64_t frees;
#define full_at (&atomic_load_explicit(&slots, memory_order_relaxed)[0])->generation

/*
 * The slot of this thread. Its address is the thread's token. Allocated with the thread, because a
 * signal handler cannot allocate it; musl always does that.
 */
#ifdef __GLIBC__
__attribute__((__tls_model__("initial-exec")))
#endif
static _Thread_local struct slot *own;

/*
 * This thread is inside a call. A signal handler must not take a slot meanwhile, not even in the child of a
 * fork, which gets a copy of this: the interrupted call would go on to write to it.
 */
#ifdef __GLIBC__
__attribute__((__tls_model__("initial-exec")))
#endif
static _Thread_local volatile bool inside;

static pthread_key_t exit_key;
static bool has_exit_key;

static uintptr_t own_token(void)
{
	return (uintptr_t)&own;
}

static void erase(struct slot *slot)
{
	slot->generation = 0;
	slot->left = 0;
	memset(slot->key, 0, sizeof(slot->key));
	__asm__ __volatile__("" : : : "memory");
}

static void free_slot(struct slot *slot)
{
	erase(slot);
	atomic_store_explicit(&slot->lock, 0, memory_order_release);
	frees++;
}

/* At the exit of a thread, also of one that was cancelled inside a call. It gets no other slot. */
static void free_own_slot(void *unused)
{
	struct slot *slot = own, *none = atomic_load_explicit(&slots, memory_order_relaxed);

	(void)unused;
	own = none;
	if (slot && slot != none &&
	    (atomic_load_explicit(&slot->lock, memory_order_relaxed) & ~(uintptr_t)1) == own_token())
		free_slot(slot);
}

/* Take a free slot for this thread, locked. */
static struct slot *take_slot(void)
{
	struct slot *all = atomic_load_explicit(&slots, memory_order_relaxed), *slot;
	uint64_t before = frees + 1;

	/* The destructor is for whatever slot the thread has then. */
	if (full_at == before || pthread_setspecific(exit_key, all))
		return NULL;
	for (slot = all + 1; slot < all + SLOTS; slot++) {
		uintptr_t free = 0;

		if (atomic_load_explicit(&slot->lock, memory_order_relaxed) ||
		    !atomic_compare_exchange_strong_explicit(&slot->lock, &free, own_token() + 1,
							     memory_order_acquire, memory_order_relaxed))
			continue;
		own = slot;
		slot->generation = 0;
		slot->left = 0;
		return slot;
	}
	full_at = before;
	return NULL;
}

/*
 * Return this thread's slot, locked, or NULL. One compare-and-exchange finds out that the slot is still
 * this thread's, which it is not after a fork, and that no interrupted call, and no task that shares the
 * thread-local memory, is using it.
 */
static struct slot *lock_slot(void)
{
	uintptr_t lock = own_token();

	/* Slot 0: the thread ends. */
	if (own && own == atomic_load_explicit(&slots, memory_order_relaxed))
		return NULL;
	if (own && atomic_compare_exchange_strong_explicit(&own->lock, &lock, own_token() + 1,
							   memory_order_acquire, memory_order_relaxed))
		return own;
	if (own && lock == own_token() + 1)
		return NULL;
	return take_slot();
}

/* Fetch a key. Not through libc, whose getrandom() is a cancellation point. */
static bool fetch_key(struct slot *slot, uint64_t generation)
{
	int saved = errno;

	slot->generation = 0;
	slot->left = 0;
	if (syscall(SYS_getrandom, slot->key, CHACHA_KEY, 0) != CHACHA_KEY) {
		errno = saved;
		return false;
	}
	slot->generation = generation;
	return true;
}

/* Copy and erase, in words as far as possible: most requests are short. */
static void move(uint8_t *to, uint8_t *from, size_t length)
{
	uint64_t word;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		memcpy(to, &word, sizeof(word));
		memset(from, 0, sizeof(word));
		from += sizeof(word);
		to += sizeof(word);
	}
	for (; length; length--) {
		*to++ = *from;
		*from++ = 0;
	}
	/* Before the caller compares lock and generations. */
	__asm__ __volatile__("" : : : "memory");
}

/* Without slot->left: after a fork in a signal handler, that is 0 in the child, which continues here. */
static void fill_from_slot(struct slot *slot, uint8_t *buffer, size_t length)
{
	uint32_t left = slot->left, part;
	uint8_t *output;

	while (length) {
		if (!left) {
			chacha_refill(slot->key, refill_size);
			left = refill_size - CHACHA_KEY;
		}
		part = length < left ? (uint32_t)length : left;
		output = slot->key + refill_size - left;
		move(buffer, output, part);
		buffer += part;
		length -= part;
		left -= part;
	}
	slot->left = left;
}

/*
 * Unlock the slot, and return whether the output can be used: not if a signal handler forked meanwhile and
 * this is the child, which continues the call with a slot of zeroes or a copy of the parent's registers,
 * nor if the generation changed.
 */
static bool unlock_slot(struct slot *slot, const __u64 *now, uint64_t generation)
{
	bool fetched = slot->generation == generation;
	uintptr_t lock = atomic_load_explicit(&slot->lock, memory_order_relaxed);

	/* Such a child may have stored what its parent has. */
	if (!fetched && (!lock || lock == own_token() + 1))
		erase(slot);
	/* Between these two a handler may fork as well: then the child owns the slot, which has no key. */
	if (lock != own_token() + 1)
		return false;
	atomic_store_explicit(&slot->lock, own_token(), memory_order_release);
	return fetched && *(const volatile __u64 *)now == generation;
}

/* The child of a fork in a handler that interrupted a call: no other thread may take the slot meanwhile. */
void fastvdso_random_forked(void)
{
	if (inside && own && own != atomic_load_explicit(&slots, memory_order_relaxed))
		atomic_store_explicit(&own->lock, own_token() + 1, memory_order_relaxed);
}

static bool fill(const __u64 *now, uint64_t generation, void *buffer, size_t length)
{
	struct slot *slot = lock_slot();

	if (!slot)
		return false;
	if (slot->generation == generation || fetch_key(slot, generation))
		fill_from_slot(slot, buffer, length);
	return unlock_slot(slot, now, generation);
}

bool fastvdso_random_fill(void *buffer, size_t length)
{
	const __u64 *now = atomic_load_explicit(&page_generation, memory_order_acquire);
	uint64_t generation;
	bool filled;

	if (!now || length > FASTVDSO_RANDOM_MAX || inside)
		return false;
	generation = *(const volatile __u64 *)now;
	if (!generation)
		return false;
	inside = true;
	atomic_signal_fence(memory_order_seq_cst);
	filled = fill(now, generation, buffer, length);
	atomic_signal_fence(memory_order_seq_cst);
	inside = false;
	return filled;
}

/*
 * Threads free their slots by a destructor of thread-specific data. glibc allocates memory for keys
 * from 32 on when a thread first uses them.
 */
static bool create_exit_key(void)
{
	if (has_exit_key)
		return true;
	if (pthread_key_create(&exit_key, free_own_slot))
		return false;
#ifdef __GLIBC__
	if (exit_key >= 32) {
		pthread_key_delete(exit_key);
		return false;
	}
#endif
	has_exit_key = true;
	return true;
}

/*
 * If this library is unloaded, threads must not call the destructor. Without the key they must not take slots
 * either, because somebody else may get its number.
 */
__attribute__((__destructor__)) static void delete_exit_key(void)
{
	atomic_store_explicit(&page_generation, NULL, memory_order_release);
	if (has_exit_key)
		pthread_key_delete(exit_key);
	has_exit_key = false;
}

/*
 * Programs that lock memory of their own need most of the limit: gpg all of the 64 KiB that were the default
 * before Linux 5.16. Lock on first use, because most processes use few slots.
 */
static void lock_memory(void *memory, size_t size)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur / LOCKED_SHARE >= size)
		syscall(SYS_mlock2, memory, size, MLOCK_ONFAULT);
}

static struct slot *map_slots(void)
{
	size_t size = SLOTS * sizeof(struct slot);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (madvise(memory, size, MADV_WIPEONFORK) || madvise(memory, size, MADV_DONTDUMP)) {
		munmap(memory, size);
		return NULL;
	}
	lock_memory(memory, LOCKED_SLOTS * sizeof(struct slot));
	return memory;
}

/* The memory stays for good, because threads keep pointers into it. */
void fastvdso_random_start(const __u64 *generation)
{
	int saved = errno;

	if (!*(const volatile __u64 *)generation)
		return;
	if (!slots && create_exit_key()) {
		refill_size = chacha_size();
		slots = map_slots();
	}
	if (slots)
		atomic_store_explicit(&page_generation, generation, memory_order_release);
	errno = saved;
}

void fastvdso_random_stop(void)
{
	struct slot *slot;

	atomic_store_explicit(&page_generation, NULL, memory_order_release);
	for (slot = slots; slot && slot < slots + SLOTS; slot++)
		if (slot->lock)
			free_slot(slot);
}

#else

bool fastvdso_random_fill(void *buffer, size_t length)
{
	(void)buffer;
	(void)length;
	return false;
}

void fastvdso_random_start(const __u64 *generation)
{
	(void)generation;
}

void fastvdso_random_stop(void)
{
}

void fastvdso_random_forked(void)
{
}

#endif
