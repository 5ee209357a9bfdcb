/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection: N written to fail-nth of a thread lets the Nth chance to
 * fail of that thread be taken; what fail-nth reads afterwards is 0 if it was.
 */
#ifndef FAIL_NTH_H
#define FAIL_NTH_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define EVERYWHERE	"0", "0xffffffffffffffff"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return ret;
}

static const char *const injectors[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

static int set(const char *injector, const char *knob, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", injector, knob);
	return write_file(path, value);
}

/* Only chances with a function between these addresses on the stack count. */
static int aim(const char *start, const char *end)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(injectors) / sizeof(injectors[0]); i++)
		ret |= set(injectors[i], "require-start", start) |
		       set(injectors[i], "require-end", end);
	return ret;
}

/* Where a function of the kernel begins and ends, as /proc/kallsyms has it, in order. */
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

/* The code of the module that is loaded now. */
static int aim_at_module(void)
{
	char start[32] = "", size[32] = "", end[32];
	int fd;

	fd = open("/sys/module/fastvdso/sections/.text", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, start, sizeof(start) - 1) <= 0 || close(fd))
		return -1;
	fd = open("/sys/module/fastvdso/coresize", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, size, sizeof(size) - 1) <= 0 || close(fd))
		return -1;
	start[strcspn(start, "\n")] = '\0';
	snprintf(end, sizeof(end), "%#lx", strtoul(start, NULL, 16) + strtoul(size, NULL, 10));
	return aim(start, end);
}

/*
 * The kernel's own complaint when a vmalloc() fails, with its "Call Trace", is what
 * the harness takes for a warning; it is no matter of ours (a fork's kernel stack).
 */
static int spare_vmalloc(void)
{
	char start[32], end[32];
	int ret = find_symbol("__vmalloc_node_range_noprof", start, end);
	size_t i;

	for (i = 0; !ret && i < sizeof(injectors) / sizeof(injectors[0]); i++)
		ret = set(injectors[i], "reject-start", start) ||
		      set(injectors[i], "reject-end", end);
	return ret;
}

/* Failures are silent, and strike allocations that may wait, of one page, too. */
static int set_up_injection(void)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(injectors) / sizeof(injectors[0]); i++)
		ret |= set(injectors[i], "verbose", "0") |
		       set(injectors[i], "stacktrace-depth", "32");
	return ret | set("failslab", "ignore-gfp-wait", "N") |
	       set("fail_page_alloc", "ignore-gfp-wait", "N") |
	       set("fail_page_alloc", "ignore-gfp-highmem", "N") |
	       set("fail_page_alloc", "min-order", "0") | spare_vmalloc() | aim(EVERYWHERE);
}

/* fail-nth of this thread, open since before anything may fail. */
static int fail_nth = -1;

static void arm(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fail_nth, text, length, 0) != length)
		abort();
}

/*
 * Has the failure happened? No failure is pending afterwards. These calls themselves
 * are chances to fail: one that does shows that it was still to come.
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
 * The kernel writes to a thread's rseq area whenever the thread was preempted, and kills
 * it where there is no memory for that page: the kernel's matter, and none of ours.
 */
static int leave_rseq(void)
{
	if (!__rseq_size)
		return 0;
	return syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset,
		       sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

/* Not every kernel has it. */
static int have_injection(void)
{
	return !access(FAIL_NTH, W_OK) && !access(DEBUGFS "failslab/require-start", W_OK);
}

/* Pages in use that none of the kernel's own counters explains, in kB. */
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
	/* Free, on the lists of a CPU. */
	file = fopen("/proc/zoneinfo", "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %ld", &value) == 1)
			sum -= 4 * value;
	if (file)
		fclose(file);
	return sum;
}

#endif
