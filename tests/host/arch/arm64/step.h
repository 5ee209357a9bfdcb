/* SPDX-License-Identifier: GPL-2.0 */
/* No program can step itself on arm64: the flag is the kernel's. */
#ifndef STEP_H
#define STEP_H

#include <ucontext.h>

#define CAN_STEP	0

static inline void start_stepping(void)
{
}

static inline void stop_stepping(void *context)
{
	(void)context;
}

static inline unsigned long interrupted_at(void *context)
{
	return ((ucontext_t *)context)->uc_mcontext.pc;
}

#endif
