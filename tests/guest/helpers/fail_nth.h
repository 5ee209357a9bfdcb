/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection: after N is written to the fail-nth file of a thread, its Nth
 * call that can fail does. The file then reads 0.
 */
#ifndef FAIL_NTH_H
#define FAIL_NTH_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/rseq.h>
#include <sys/syscall.h>

#include "sysfs.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define EVERYWHERE	"0", "0xffffffffffffffff"

static const char *const injectors[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

static int set_knob(const char *injector, const char *knob, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", injector, knob);
	return write_file(path, value);
}

static int set_all(const char *knob, const char *value)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(injectors) / sizeof(injectors[0]); i++)
		ret |= set_knob(injectors[i], knob, value);
	return ret;
}

/* Only calls with a function between these addresses on the stack may fail. */
static int aim(const char *start, const char *end)
{
	return set_all("require-start", start) | set_all("require-end", end);
}

/* Find the start of a kernel function, and the next symbol of /proc/kallsyms, which is sorted. */
static int find_symbol(const char *wanted, char start[32], char end[32])
{
	unsigned long address, found = 0;
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char line[512], name[256];

	if (!symbols)
		return -1;
	*end = '\0';
	while (fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %255s", &address, name) != 2)
			continue;
		if (found && address > found) {
			snprintf(start, 32, "%#lx", found);
			snprintf(end, 32, "%#lx", address);
			break;
		}
		if (!strcmp(name, wanted))
			found = address;
	}
	fclose(symbols);
	return *end ? 0 : -1;
}

static int aim_at_function(const char *name)
{
	char start[32], end[32];

	return find_symbol(name, start, end) || aim(start, end);
}

static int aim_at_module(void)
{
	char start[32], size[32], end[32];

	if (read_line("/sys/module/fastvdso/sections/.text", start, sizeof(start)) ||
	    read_line("/sys/module/fastvdso/coresize", size, sizeof(size)))
		return -1;
	snprintf(end, sizeof(end), "%#lx", strtoul(start, NULL, 16) + strtoul(size, NULL, 10));
	return aim(start, end);
}

/*
 * If vmalloc() fails, for instance for the kernel stack of a fork, the kernel prints a
 * "Call Trace", which the harness would take for a warning.
 */
static int exclude_vmalloc(void)
{
	char start[32], end[32];

	return find_symbol("__vmalloc_node_range_noprof", start, end) ||
	       set_all("reject-start", start) || set_all("reject-end", end);
}

/* Inject silently, and also into single pages and allocations that may wait. */
static int set_up_injection(void)
{
	return set_all("verbose", "0") | set_all("stacktrace-depth", "32") |
	       set_knob("failslab", "ignore-gfp-wait", "N") |
	       set_knob("fail_page_alloc", "ignore-gfp-wait", "N") |
	       set_knob("fail_page_alloc", "ignore-gfp-highmem", "N") |
	       set_knob("fail_page_alloc", "min-order", "0") | exclude_vmalloc() | aim(EVERYWHERE);
}

/* The fail-nth file of this thread, opened before anything may fail. */
static int fail_nth = -1;

static void arm(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fail_nth, text, length, 0) != length)
		abort();
}

/*
 * Cancel the failure, and return whether it had happened already. The calls in here can fail
 * too; if one does, the failure had not happened before.
 */
static int disarm(void)
{
	char text[16] = "";
	int saved = errno, left = 1;

	if (pread(fail_nth, text, sizeof(text) - 1, 0) > 0)
		left = atoi(text);
	while (pwrite(fail_nth, "0", 1, 0) != 1)
		;
	errno = saved;
	return !left;
}

/*
 * The kernel writes to a thread's rseq area after a preemption, and kills the thread if there
 * is no memory for that page. This has nothing to do with the module.
 */
static int unregister_rseq(void)
{
	if (!__rseq_size)
		return 0;
#ifdef RSEQ_SIG	/* glibc knows one for some architectures, and registers the area on those */
	return syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset,
		       sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#else
	return -1;
#endif
}

static int has_injection(void)
{
	return !access(FAIL_NTH, W_OK) && !access(DEBUGFS "failslab/require-start", W_OK);
}

/* Memory in use that no counter of /proc/meminfo explains, in kB. */
static long unexplained_memory(void)
{
	static const char *const explained[] = {
		"MemFree:", "Buffers:", "Cached:", "SwapCached:", "AnonPages:", "Slab:", "KernelStack:",
		"PageTables:", "SecPageTables:", "Percpu:", "VmallocUsed:"
	};
	char line[256], name[64];
	long sum = 0, value;
	FILE *file;
	size_t i;

	sync();
	write_file("/proc/sys/vm/drop_caches", "3");
	sleep(1);
	file = fopen("/proc/meminfo", "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &value) != 2)
			continue;
		if (!strcmp(name, "MemTotal:"))
			sum += value;
		for (i = 0; i < sizeof(explained) / sizeof(explained[0]); i++)
			if (!strcmp(name, explained[i]))
				sum -= value;
	}
	if (file)
		fclose(file);
	/* Free pages on the lists of a CPU are not in MemFree. */
	file = fopen("/proc/zoneinfo", "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %ld", &value) == 1)
			sum -= 4 * value;
	if (file)
		fclose(file);
	return sum;
}

#endif
