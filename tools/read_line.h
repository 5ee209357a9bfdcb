/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FASTVDSO_READ_LINE_H
#define FASTVDSO_READ_LINE_H

#include <stddef.h>

#define CLOCKSOURCE_DIR	"/sys/devices/system/clocksource/clocksource0/"

/*
 * Find the first line of a file that begins with `prefix`, and copy what follows the prefix,
 * without the newline. "" if the file cannot be read or has no such line.
 */
void read_line(const char *path, const char *prefix, char *rest, size_t size);

#endif
