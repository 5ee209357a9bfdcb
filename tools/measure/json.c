// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <inttypes.h>

static FILE *to;
static int depth;
static int first = 1;

static void quoted(const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(to, "\\u%04x", c);
		else
			putc(c, to);
	}
	putc('"', to);
}

void json_to(FILE *stream)
{
	to = stream;
}

static void item(const char *key)
{
	if (!to)
		to = stdout;
	if (!first)
		putc(',', to);
	if (depth)
		fprintf(to, "\n%*s", 2 * depth, "");
	first = 0;
	if (key) {
		quoted(key);
		fprintf(to, ": ");
	}
}

void json_open(const char *key, char bracket)
{
	item(key);
	putc(bracket, to);
	depth++;
	first = 1;
}

void json_close(char bracket)
{
	depth--;
	fprintf(to, "\n%*s%c", 2 * depth, "", bracket);
	first = 0;
	if (!depth)
		putc('\n', to);
}

void json_string(const char *key, const char *value)
{
	item(key);
	quoted(value);
}

void json_int(const char *key, int64_t value)
{
	item(key);
	fprintf(to, "%" PRId64, value);
}

void json_bool(const char *key, int value)
{
	item(key);
	fprintf(to, value ? "true" : "false");
}

void json_real(const char *key, double value)
{
	item(key);
	fprintf(to, "%.3f", value);
}
