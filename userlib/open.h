/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What fastvdso_open() has set up; internal to the library. */
#ifndef FASTVDSO_OPEN_H
#define FASTVDSO_OPEN_H

#include "calls.h"
#include "map.h"

/* Read and written under the lock only. */
struct fastvdso_state {
	struct fastvdso_mapping	mapping;
	struct fastvdso_calls	calls;		/* those of the mapped image */
	unsigned int		open_count;
	unsigned int		open_flags;	/* of the call that mapped */
	enum fastvdso_reason	reason;
	int			error;		/* errno value of the last call that tried to map, or 0 */
};

extern struct fastvdso_state fastvdso_state;

/*
 * Take the lock and disable cancellation, because a cancelled thread would keep the lock.
 * Returns the cancellation state to restore.
 */
int fastvdso_lock(void);
void fastvdso_unlock(int cancellation);

#endif
