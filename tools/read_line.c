// SPDX-License-Identifier: GPL-2.0
#include "read_line.h"

#include <stdio.h>
#include <string.h>

void read_line(const char *path, const char *prefix, char *rest, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(prefix);
	char line[4096];

	rest[0] = '\0';
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, prefix, length) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(rest, size, "%s", line + length);
		break;
	}
	fclose(file);
}
