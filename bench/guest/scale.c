// SPDX-License-Identifier: GPL-2.0
/*
 * scale PROCESSES COMMAND...: start processes that map everything, print their memory use as fields
 * of a JSON object, then run the command while they exist. The command prints more fields.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096
#define PAGES	16

/* Result of each process, in shared memory. */
struct seen {
	unsigned int	ready;
	unsigned int	data_pages, code_pages;
	unsigned int	mapping_private_kb;	/* private memory of the mapping */
	int		process_private_kb;	/* growth of the private memory of the process */
	uint64_t	frames[PAGES];
};

/*
 * Private memory (anonymous or dirty pages) of the mappings between two addresses, in kB. From
 * smaps, because the kernel's RSS counters are not exact.
 */
static unsigned int private_kb(const char *path, uintptr_t first, uintptr_t last)
{
	FILE *smaps = fopen(path, "r");
	unsigned int anonymous = 0, dirty = 0;
	unsigned long start, end;
	int inside = 0;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps)) {
		unsigned int kb;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start >= first && end <= last;
		else if (inside && sscanf(line, "Anonymous: %u", &kb) == 1)
			anonymous += kb;
		else if (inside && sscanf(line, "Private_Dirty: %u", &kb) == 1)
			dirty += kb;
	}
	if (!smaps)
		return ~0u;
	fclose(smaps);
	return anonymous > dirty ? anonymous : dirty;
}

/* The whole process. */
static unsigned int process_kb(void)
{
	return private_kb("/proc/self/smaps_rollup", 0, ~0ul);
}

/* The physical frame behind an address of this process; 0 if there is none. */
static uint64_t frame(int pagemap, const void *address)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)address / PAGE * sizeof(entry))) !=
	    sizeof(entry) || !(entry & 1ull << 63))
		return 0;
	return entry & ((1ull << 55) - 1);
}

static void child(struct seen *seen, int stay)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	struct fastvdso_status status;
	unsigned int i, pages, before;
	char byte;

	process_kb();	/* touch the memory that counting itself needs */
	before = process_kb();
	if (fastvdso_open() || fastvdso_status(&status, sizeof(status)) ||
	    fastvdso_now_ns(CLOCK_MONOTONIC) <= 0)
		_exit(1);
	pages = status.data_pages + status.code_pages;
	if (pages > PAGES)
		_exit(1);
	for (i = 0; i < pages; i++) {
		const char *page = (const char *)status.data + i * PAGE;

		(void)*(const volatile char *)page;
		seen->frames[i] = frame(pagemap, page);
	}
	seen->process_private_kb = (int)(process_kb() - before);
	seen->data_pages = status.data_pages;
	seen->code_pages = status.code_pages;
	seen->mapping_private_kb = private_kb("/proc/self/smaps", (uintptr_t)status.data,
					      (uintptr_t)status.data + pages * PAGE);
	__atomic_store_n(&seen->ready, 1, __ATOMIC_RELEASE);
	_exit(read(stay, &byte, 1) == 0 ? 0 : 2);
}

static int frames_ascend(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Count the distinct physical pages behind a range of pages of all processes. */
static unsigned int distinct(const struct seen *all, int processes, unsigned int first, unsigned int count)
{
	uint64_t *frames = calloc((size_t)processes * count, sizeof(*frames));
	unsigned int i, different = 0;
	int p;

	if (!frames)
		exit(1);
	for (p = 0; p < processes; p++)
		for (i = 0; i < count; i++)
			frames[(unsigned int)p * count + i] = all[p].frames[first + i];
	qsort(frames, (size_t)processes * count, sizeof(*frames), frames_ascend);
	for (i = 0; i < (unsigned int)processes * count; i++)
		different += frames[i] != 0 && (!i || frames[i] != frames[i - 1]);
	free(frames);
	return different;
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[1]) : 0, stay[2], p, own_kb = 0, status, bad = 0;
	unsigned int mapping_kb = 0;
	struct seen *all;
	pid_t pid;

	all = mmap(NULL, (size_t)processes * sizeof(*all) + 1, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (processes < 1 || all == MAP_FAILED || pipe(stay))
		return 2;
	for (p = 0; p < processes; p++) {
		pid = fork();
		if (pid < 0)
			return 1;
		if (!pid) {
			close(stay[1]);
			child(&all[p], stay[0]);
		}
	}
	for (p = 0; p < processes; p++) {
		while (!__atomic_load_n(&all[p].ready, __ATOMIC_ACQUIRE))
			usleep(1000);
		if (all[p].mapping_private_kb > mapping_kb)
			mapping_kb = all[p].mapping_private_kb;
		if (all[p].process_private_kb > own_kb)
			own_kb = all[p].process_private_kb;
	}
	printf("{\"processes\": %d, \"data_pages\": %u, \"code_pages\": %u, \"private_kb\": %u, "
	       "\"library_kb\": %d",
	       processes, distinct(all, processes, 0, all->data_pages),
	       distinct(all, processes, all->data_pages, all->code_pages), mapping_kb, own_kb);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(stay[0]);
		close(stay[1]);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	bad |= status;
	close(stay[1]);
	while (wait(&status) > 0)
		bad |= status;
	puts("}");
	return bad != 0;
}
