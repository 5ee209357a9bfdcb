/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For architectures without a register in which user space finds the CPU number: no steering, and no CPU-time
 * pages, which both need it. Included once, by arch.c of an architecture.
 */
#include "internal.h"

u32 __init fastvdso_arch_cpu_sources(void)
{
	return 0;
}

u32 fastvdso_arch_right_cpu_sources(void)
{
	return 0;
}

/* Nothing calls this. */
u64 notrace fastvdso_arch_read_counter_cpu(u32 *cpu)
{
	*cpu = ~0u;
	return fastvdso_arch_read_counter();
}

int fastvdso_arch_sched_clock_factor(unsigned int way, u32 *mult, u32 *shift)
{
	return 0;
}

/* No CPU-time pages, so the next two do not matter. */
bool fastvdso_arch_is_guest(void)
{
	return true;
}

const char *const fastvdso_arch_vector_tracepoints[] = { NULL };

bool fastvdso_arch_can_steer(void)
{
	return false;
}

bool fastvdso_arch_counter_is_steady(void)
{
	return true;
}
