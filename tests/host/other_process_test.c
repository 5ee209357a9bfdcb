// SPDX-License-Identifier: GPL-2.0
/* What `fastvdso status --pid` finds in the maps and memory of another process, and prints of it. */
#define _GNU_SOURCE
#include "other_process.h"

#include <fcntl.h>
#include <string.h>

#include "run/proc_stat.h"
#include "run/run.h"
#include "tool.h"

#include "kselftest_harness.h"

#define CODE	0x7f0000004000ul

/* The process has the built image at CODE, and nothing else. */
static char image[0x10000];

ssize_t run_read(const struct run_memory *memory, void *bytes, size_t size, unsigned long at)
{
	if (at != CODE || size > sizeof(image))
		return -1;
	memcpy(bytes, image, size);
	return (ssize_t)size;
}

int run_read_start(const struct run_memory *memory, unsigned long stack, struct run_start *start)
{
	return -1;
}

int run_read_stat(int fd, unsigned long fields[STAT_FIELDS])
{
	return -1;
}

static struct process process;

static void read_maps(const char *text)
{
	FILE *maps = fmemopen((void *)text, strlen(text), "r");
	int fd = open("build/blob/fastvdso.so", O_RDONLY);

	memset(&process, 0, sizeof(process));
	ssize_t size = read(fd, image, sizeof(image));

	/* All of the image was read. */
	if (size > 0 && size < (ssize_t)sizeof(image))
		process_read_maps(&process, maps);
	close(fd);
	fclose(maps);
}

#define DATA_LINE	"7f0000000000-7f0000004000 r--s 00000000 00:05 77                        "
#define CODE_LINE	"7f0000004000-7f0000014000 r-xs 00000000 00:05 77                        "

TEST(the_code_above_the_data_is_found)
{
	read_maps(DATA_LINE "/dev/fastvdso\n" CODE_LINE "/dev/fastvdso\n"
		  "7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0\n"
		  "7ffe00001000-7ffe00002000 r-xp 00000000 08:01 5   /usr/lib/libfastvdso.so.0\n");
	EXPECT_EQ(CODE - 0x4000, process.data);
	EXPECT_EQ(0x4000, process.data_size);
	EXPECT_EQ(CODE, process.code);
	EXPECT_STREQ("/dev/fastvdso", process.code_from);
	EXPECT_EQ(40, strlen(process.build_id));
	EXPECT_EQ(1, process.library);
	EXPECT_EQ(0, process.preload);
	read_maps(DATA_LINE "/dev/fastvdso\n" CODE_LINE "/usr/lib/some image\n");
	EXPECT_EQ(CODE, process.code);
	EXPECT_STREQ("/usr/lib/some image", process.code_from);
}

TEST(another_file_is_not_the_device)
{
	read_maps(DATA_LINE "/dev/fastvdsoX\n" CODE_LINE "/dev/fastvdso\n");
	EXPECT_EQ(0, process.data);
	EXPECT_EQ(0, process.code);
	read_maps(DATA_LINE "/tmp/dev/fastvdso\n" CODE_LINE "/dev/fastvdso\n");
	EXPECT_EQ(0, process.data);
	read_maps("7f0000000000-7f0000004000 r--sx 00000000 00:05 77 /dev/fastvdso\n");
	EXPECT_EQ(0, process.data);
	read_maps("7f0000004000-7f0000000000 r--s 00000000 00:05 77 /dev/fastvdso\n");
	EXPECT_EQ(0, process.data);
}

/* A path may be longer than PATH_MAX, because the kernel escapes newlines in it. */
TEST(the_rest_of_a_long_line_is_no_line)
{
	static char text[3 * 8192];
	size_t length;

	length = (size_t)sprintf(text, CODE_LINE "/");
	memset(text + length, 'x', 4096 + 128 - 1 - length);
	strcpy(text + 4096 + 128 - 1, DATA_LINE "/dev/fastvdso\n" CODE_LINE "/dev/fastvdso\n");
	read_maps(text);
	EXPECT_EQ(0, process.data);
	EXPECT_EQ(0, process.code);
}

static const char *escaped(const char *text)
{
	static char printed[256];
	FILE *kept = stdout;

	memset(printed, 0, sizeof(printed));
	stdout = fmemopen(printed, sizeof(printed), "w");
	print_escaped(text);
	fclose(stdout);
	stdout = kept;
	return printed;
}

TEST(control_characters_are_printed_escaped)
{
	EXPECT_STREQ("/tmp/a b~", escaped("/tmp/a b~"));
	EXPECT_STREQ("\\033[31m\\015\\012\\177", escaped("\033[31m\r\n\177"));
	/* UTF-8, but for the control characters in it. */
	EXPECT_STREQ("\u00e9\u20ac\U0001f600", escaped("\u00e9\u20ac\U0001f600"));
	EXPECT_STREQ("\\302\\233[31m", escaped("\302\233[31m"));
	/* No UTF-8: a lone continuation, an incomplete character, overlong ESC, a byte never used. */
	EXPECT_STREQ("\\233[31m", escaped("\233[31m"));
	EXPECT_STREQ("\\342\\202", escaped("\342\202"));
	EXPECT_STREQ("\\300\\233", escaped("\300\233"));
	EXPECT_STREQ("\\340\\200\\233", escaped("\340\200\233"));
	EXPECT_STREQ("\\377", escaped("\377"));
}

TEST_HARNESS_MAIN
