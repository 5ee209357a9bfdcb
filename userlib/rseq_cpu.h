/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The CPU that this thread runs on, from the rseq area that glibc registers for each thread from 2.35 on: the
 * kernel writes the number whenever the thread continues on another CPU. For architectures where no register that
 * user space can read has it, so that the image has to make a system call. Included by own_cpu.h.
 */
#ifndef FASTVDSO_RSEQ_CPU_H
#define FASTVDSO_RSEQ_CPU_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The library takes the snapshots of the image that have no CPU number, and adds it. */
#define FASTVDSO_SNAPSHOT_HAS_CPU	0

/* Of glibc. Not in older ones, nor in musl. */
extern const ptrdiff_t __rseq_offset __attribute__((__weak__));
extern const unsigned int __rseq_size __attribute__((__weak__));

/* The beginning of the kernel's struct rseq. */
struct fastvdso_rseq {
	uint32_t cpu_id_start;
	int32_t cpu_id;		/* written by the kernel; negative if the thread has registered nothing */
};

static inline int fastvdso_rseq_cpu(void)
{
	const volatile struct fastvdso_rseq *rseq;

	if (!&__rseq_offset || !&__rseq_size || !__rseq_size)
		return -1;
	rseq = (const void *)((const char *)__builtin_thread_pointer() + __rseq_offset);
	return rseq->cpu_id;
}

/* The nodes of CPUs that were asked for, plus 1. A CPU does not change its node. */
#define FASTVDSO_KNOWN_NODES	1024
static _Atomic uint16_t fastvdso_nodes[FASTVDSO_KNOWN_NODES];

__attribute__((__cold__, __noinline__)) static void fastvdso_ask_node(void)
{
	unsigned int cpu = 0, node = 0;
	int saved = errno;

	if (!syscall(SYS_getcpu, &cpu, &node, NULL) && cpu < FASTVDSO_KNOWN_NODES && node < UINT16_MAX)
		atomic_store_explicit(&fastvdso_nodes[cpu], (uint16_t)(node + 1), memory_order_relaxed);
	errno = saved;
}

/* Store the current CPU, its node, or both, or return false: then the system call has to be made this time. */
static inline bool fastvdso_own_cpu(unsigned int *cpu, unsigned int *node)
{
	int own = fastvdso_rseq_cpu();

	if (own < 0)
		return false;
	if (node) {
		unsigned int known = own < FASTVDSO_KNOWN_NODES ?
			atomic_load_explicit(&fastvdso_nodes[own], memory_order_relaxed) : 0;

		if (__builtin_expect(!known, 0)) {
			fastvdso_ask_node();
			return false;
		}
		*node = known - 1;
	}
	if (cpu)
		*cpu = (unsigned int)own;
	return true;
}

#endif
