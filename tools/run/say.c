// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

void run_say(const char *format, ...)
{
	char line[512] = "fastvdso run: ";
	size_t prefix = strlen(line), length;
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above. */
	vsnprintf(line + prefix, sizeof(line) - prefix - 1, format, args);
	va_end(args);
	length = strlen(line);
	line[length++] = '\n';
	/* One write() instead of stdio: exec discards stdio's buffers. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}
