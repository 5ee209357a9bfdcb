/* SPDX-License-Identifier: GPL-2.0 */
/* A program that steps itself: SIGTRAP after each instruction. */
#ifndef STEP_H
#define STEP_H

#include <ucontext.h>

#define CAN_STEP	1
#define TRAP_FLAG	0x100

static inline void start_stepping(void)
{
	__asm__ __volatile__("pushf; orq $0x100, (%%rsp); popf" : : : "memory", "cc");
}

/* @context: of the signal. */
static inline void stop_stepping(void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static inline unsigned long interrupted_at(void *context)
{
	return (unsigned long)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

#endif
