// SPDX-License-Identifier: GPL-2.0
/* Strings in JSON: any bytes give a valid document. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "json.h"
#include "kselftest_harness.h"

static const char *quote(const char *text)
{
	static char document[256];
	FILE *stream = fmemopen(document, sizeof(document), "w");

	json_to(stream);
	json_string(NULL, text);
	fclose(stream);
	/* A comma separates it from the previous one. */
	return document + (*document == ',');
}

TEST(characters_of_utf8_are_passed_on)
{
	EXPECT_STREQ("\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x95\x90\"",
		     quote("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x95\x90"));
	EXPECT_STREQ("\"\xc2\xa0\xf4\x8f\xbf\xbf\"", quote("\xc2\xa0\xf4\x8f\xbf\xbf"));
}

TEST(quotes_and_control_characters_are_escaped)
{
	EXPECT_STREQ("\"\\\"\\\\\\u000a\\u001b[31m\\u007f\"", quote("\"\\\n\033[31m\177"));
	/* U+009B, which terminals take for an escape and a bracket. */
	EXPECT_STREQ("\"\\u009b\"", quote("\xc2\x9b"));
}

TEST(bytes_that_are_not_utf8_are_replaced)
{
	static const char *const wrong[] = {
		"\x80", "\xbf", "\xc3", "\xfe", "\xff",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_STREQ("\"\\ufffd\"", quote(wrong[i]));
	/* Overlong, a surrogate, past the last character, cut off. */
	EXPECT_STREQ("\"\\ufffd\\ufffd\"", quote("\xc0\xaf"));
	EXPECT_STREQ("\"\\ufffd\\ufffd\\ufffd\"", quote("\xe0\x80\xaf"));
	EXPECT_STREQ("\"\\ufffd\\ufffd\\ufffd\"", quote("\xed\xa0\x80"));
	EXPECT_STREQ("\"\\ufffd\\ufffd\\ufffd\\ufffd\"", quote("\xf4\x90\x80\x80"));
	EXPECT_STREQ("\"a\\ufffd\\ufffdb\"", quote("a\xe2\x82" "b"));
}

TEST_HARNESS_MAIN
