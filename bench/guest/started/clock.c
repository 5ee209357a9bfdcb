// SPDX-License-Identifier: GPL-2.0
/* A small program, to be started: reads the clock once. */
#include <time.h>

int main(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_MONOTONIC, &ts);
}
