/* SPDX-License-Identifier: GPL-2.0 */
/* Find messages in the kernel's log. */
#ifndef FASTVDSO_KMSG_H
#define FASTVDSO_KMSG_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The kernel's log from now on. */
static inline int open_kmsg(void)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(kmsg, 0, SEEK_END);
	return kmsg;
}

/* Kernel messages since the last call that report a fault. */
static inline int count_faults(int kmsg)
{
	static const char *const faults[] = { "BUG:", "WARNING:", "Bad page", "general protection",
					      "refcount_t", "UBSAN", "Oops" };
	char record[1024];
	int count = 0;
	ssize_t got;
	size_t i;

	while ((got = read(kmsg, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[got > 0 ? got : 0] = '\0';
		for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			count += strstr(record, faults[i]) != NULL;
	}
	return count;
}

/* Read the log up to a message with this text. Returns 0 if there is none. */
static inline int find_message(int kmsg, const char *text)
{
	char record[1024];
	ssize_t got;

	while ((got = read(kmsg, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[got > 0 ? got : 0] = '\0';
		if (strstr(record, text))
			return 1;
	}
	return 0;
}

#endif
