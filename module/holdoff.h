/* SPDX-License-Identifier: GPL-2.0 */
/* After each time that a counter is found unsteady, it is left alone for longer: 1 s to 64 s. */
#ifndef FASTVDSO_HOLDOFF_H
#define FASTVDSO_HOLDOFF_H

#include <linux/jiffies.h>

/* Each extension doubles the time, at most this often. */
#define HOLDOFF_DOUBLINGS	6
/* The doubling starts over if the counter was steady for this long after the last hold-off. */
#define HOLDOFF_RESET		(60 * HZ)

struct holdoff {
	unsigned long until;
	unsigned int doublings;
};

static inline bool holdoff_is_on(const struct holdoff *holdoff)
{
	return time_before(jiffies, READ_ONCE(holdoff->until));
}

static inline void holdoff_extend(struct holdoff *holdoff)
{
	if (time_after(jiffies, holdoff->until + HOLDOFF_RESET))
		holdoff->doublings = 0;
	WRITE_ONCE(holdoff->until, jiffies + (HZ << holdoff->doublings));
	if (holdoff->doublings < HOLDOFF_DOUBLINGS)
		holdoff->doublings++;
}

#endif
