// SPDX-License-Identifier: GPL-2.0
/* The parsers of /proc/PID/maps and stat, on any text, memory and program name. */
#include "fuzz.h"

#include <stdio.h>

#include "other_process.h"
#include "run/proc_stat.h"
#include "run/run.h"

static const uint8_t *memory;
static size_t memory_size;

/* The bytes of the input are at every address. */
ssize_t run_read(const struct run_memory *from, void *bytes, size_t size, unsigned long at)
{
	size_t got = size < memory_size ? size : memory_size;

	(void)from;
	(void)at;
	memcpy(bytes, memory, got);
	return (ssize_t)got;
}

/* That is for launch_fuzz. */
int run_read_start(const struct run_memory *from, unsigned long stack, struct run_start *start)
{
	(void)from;
	(void)stack;
	(void)start;
	return -1;
}

/* The input: text, a zero byte, memory. The text is also parsed as a stat. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned long fields[STAT_FIELDS] = { 0 };
	static struct process process;
	size_t length = strnlen((const char *)data, size);
	char text[1024];
	FILE *maps;

	memory = data + length + (length < size);
	memory_size = size - length - (length < size);
	memset(&process, 0, sizeof(process));
	if (length) {
		maps = fmemopen((void *)data, length, "r");
		require(maps != NULL);
		process_read_maps(&process, maps);
		fclose(maps);
	}
	require(!process.code || process.code == process.data + process.data_size);
	require(strlen(process.code_from) < sizeof(process.code_from));
	require(strlen(process.build_id) < sizeof(process.build_id));

	if (length < sizeof(text)) {
		memcpy(text, data, length);
		text[length] = '\0';
		run_parse_stat(text, fields);
	}
	return 0;
}
