// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <inttypes.h>

static FILE *to;
static int depth;
static int first = 1;

/* The UTF-8 character at the start of a string. Returns its length, or 0 if the bytes are not UTF-8. */
static size_t decode(const unsigned char *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = 0, i;

	if (text[0] < 0x80)
		length = 1;
	else if (text[0] >= 0xc0 && text[0] < 0xf8)
		length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	*code = length > 1 ? text[0] & (0x7f >> length) : text[0];
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return length;
}

/* Bytes that are not UTF-8 become U+FFFD. Control characters are escaped, since terminals obey them. */
static void quoted(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t code;
	size_t length;

	putc('"', to);
	for (; *at; at += length) {
		length = decode(at, &code);
		if (!length) {
			fputs("\\ufffd", to);
			length = 1;
		} else if (code == '"' || code == '\\') {
			fprintf(to, "\\%c", (int)code);
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			fprintf(to, "\\u%04x", code);
		} else {
			fwrite(at, 1, length, to);
		}
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
