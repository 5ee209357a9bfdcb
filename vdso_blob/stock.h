/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Functions of the kernel's own vDSO that the image does not replace. A program whose vDSO is the
 * image finds them here, and gets to the kernel's, which are still mapped, by a jump that leaves the
 * stack and all arguments as they are. Included by names.h of an architecture.
 *
 * The module hides the names that the running kernel's vDSO does not have, because a program that
 * finds a name counts on the kernel behind it.
 */
#include "pages.h"
#include "syscall.h"

#define FASTVDSO_ENOSYS	38	/* on every architecture that fastvdso knows */

/* Declare a pointer to the kernel's function of the type of @own; NULL if there is none. */
#define STOCK(pointer, own, index)					\
	__typeof__(own) *pointer = (__typeof__(own) *)			\
		(fastvdso_has_stock_page() ? fastvdso_load(fastvdso_stock_page.function[index]) : 0)

/* With a length of the state of ~0, asks what the other calls need: then there is no system call. */
long stock_getrandom(void *buffer, __u64 length, __u32 flags, void *state, __u64 state_length)
{
	STOCK(function, stock_getrandom, FASTVDSO_STOCK_GETRANDOM);

	if (fastvdso_likely(function))
		return function(buffer, length, flags, state, state_length);
	if (state_length == ~0ull)
		return -FASTVDSO_ENOSYS;
	return fastvdso_arch_syscall3(FASTVDSO_NR_getrandom, (long)buffer, (const void *)length, flags);
}

/* Returns what the lock holds: @tid if it was unlocked. Otherwise the caller makes a system call. */
__u32 stock_futex_unlock64(__u32 *lock, __u32 tid, __u64 *pending)
{
	STOCK(function, stock_futex_unlock64, FASTVDSO_STOCK_FUTEX_UNLOCK64);

	return function ? function(lock, tid, pending) : ~tid;
}

__u32 stock_futex_unlock32(__u32 *lock, __u32 tid, __u32 *pending)
{
	STOCK(function, stock_futex_unlock32, FASTVDSO_STOCK_FUTEX_UNLOCK32);

	return function ? function(lock, tid, pending) : ~tid;
}

int stock_sgx_enter_enclave(__u64 rdi, __u64 rsi, __u64 rdx, __u32 leaf, __u64 r8, __u64 r9, void *run)
{
	STOCK(function, stock_sgx_enter_enclave, FASTVDSO_STOCK_SGX_ENTER_ENCLAVE);

	return function ? function(rdi, rsi, rdx, leaf, r8, r9, run) : -FASTVDSO_ENOSYS;
}
