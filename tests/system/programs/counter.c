// SPDX-License-Identifier: GPL-2.0
/*
 * A Windows program. counter.exe N: time N calls of QueryPerformanceCounter(), in rounds, and count those that
 * are below the one before. Then, for each line of standard input, print the time of
 * GetSystemTimePreciseAsFileTime() and the counter, in nanoseconds since 1970 and since the counter's start.
 */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

/* See clock.c. */
#define ROUNDS	20
#define APART	50	/* ms */

/* 1601, the epoch of a FILETIME, to 1970, in its unit of 100 ns. */
#define EPOCHS	116444736000000000LL

static LARGE_INTEGER frequency;

static LONGLONG counter(void)
{
	LARGE_INTEGER now;

	QueryPerformanceCounter(&now);
	return now.QuadPart;
}

/* Wine's counter runs at 10 MHz. */
static LONGLONG counter_ns(LONGLONG ticks)
{
	return ticks * (1000000000 / frequency.QuadPart);
}

static LONGLONG system_ns(void)
{
	ULARGE_INTEGER now;
	FILETIME time;

	GetSystemTimePreciseAsFileTime(&time);
	now.LowPart = time.dwLowDateTime;
	now.HighPart = time.dwHighDateTime;
	return ((LONGLONG)now.QuadPart - EPOCHS) * 100;
}

int main(int argc, char **argv)
{
	LONGLONG begin, took, now, last, best = 0;
	long count = argc > 1 ? atol(argv[1]) / ROUNDS : 0, wrong = 0, i;
	char line[80];
	int round;

	if (count <= 0)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	_setmode(_fileno(stdout), _O_BINARY);
	QueryPerformanceFrequency(&frequency);
	for (round = 0; round < ROUNDS; round++) {
		Sleep(APART);
		begin = last = counter();
		for (i = 0; i < count; i++) {
			now = counter();
			wrong += now < last;
			last = now;
		}
		took = counter_ns(last - begin);
		if (!round || took < best)
			best = took;
	}
	printf("figure %.1f\nwrong %ld\ndone\n", (double)best / (double)count, wrong);
	while (fgets(line, sizeof(line), stdin))
		printf("%lld %lld\n", system_ns(), counter_ns(counter()));
	return wrong != 0;
}
