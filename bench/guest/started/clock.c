// SPDX-License-Identifier: GPL-2.0
/* Reads the clock once. Started by start_up. */
#include <time.h>

int main(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_MONOTONIC, &ts);
}
