// SPDX-License-Identifier: GPL-2.0
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>

static int depth;
static int first = 1;

static void quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void item(const char *key)
{
	if (!first)
		putchar(',');
	if (depth)
		printf("\n%*s", 2 * depth, "");
	first = 0;
	if (key) {
		quoted(key);
		printf(": ");
	}
}

void json_open(const char *key, char bracket)
{
	item(key);
	putchar(bracket);
	depth++;
	first = 1;
}

void json_close(char bracket)
{
	depth--;
	printf("\n%*s%c", 2 * depth, "", bracket);
	first = 0;
	if (!depth)
		putchar('\n');
}

void json_string(const char *key, const char *value)
{
	item(key);
	quoted(value);
}

void json_int(const char *key, int64_t value)
{
	item(key);
	printf("%" PRId64, value);
}

void json_bool(const char *key, int value)
{
	item(key);
	printf(value ? "true" : "false");
}

void json_real(const char *key, double value)
{
	item(key);
	printf("%.3f", value);
}
