// SPDX-License-Identifier: GPL-2.0
/* All processes map the same physical pages of code and data. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "pagemap.h"
#include "process.h"
#include "stock_names.h"

#define PROCESSES	64
#define PAGES		8	/* room for data and code */

struct seen {
	unsigned int count;
	int64_t clock;
	uint64_t frames[PAGES];
	int has_cpu_time;
};

/* Record the physical pages, and stay mapped until the pipe closes. */
static void run_child(struct seen *seen, int stay)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	struct fastvdso_status status;
	unsigned int i;
	char byte;

	if (fastvdso_open() || fastvdso_status(&status, sizeof(status)))
		_exit(1);
	seen->clock = fastvdso_now_ns(CLOCK_MONOTONIC);
	seen->has_cpu_time = status.cpu_time != FASTVDSO_CPU_TIME_UNSUPPORTED;
	for (i = 0; i < status.data_pages + status.code_pages && i < PAGES; i++) {
		const volatile char *page = (const char *)status.data + i * PAGE;

		(void)*page;
		seen->frames[i] = frame(pagemap, (const void *)page);
	}
	__atomic_store_n(&seen->count, i, __ATOMIC_RELEASE);
	_exit(read(stay, &byte, 1) == 0 ? 0 : 2);
}

TEST(sixty_four_processes_share_the_physical_pages)
{
	struct seen *seen = mmap(NULL, PROCESSES * sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[PROCESSES];
	int stay[2], i;
	unsigned int page;

	ASSERT_EQ(0, pipe(stay));
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i]) {
			close(stay[1]);
			run_child(&seen[i], stay[0]);
		}
	}
	for (i = 0; i < PROCESSES; i++)
		while (!__atomic_load_n(&seen[i].count, __ATOMIC_ACQUIRE))
			usleep(1000);
	for (i = 0; i < PROCESSES; i++) {
		EXPECT_EQ(seen[0].count, seen[i].count);
		EXPECT_LT(0, seen[i].clock);
		for (page = 0; page < seen[i].count; page++) {
			EXPECT_NE(0, seen[i].frames[page]);
			/* The first CPU-time page belongs to the process. */
			EXPECT_EQ(i && page == FASTVDSO_PAGE_CPU_TIME && seen[i].has_cpu_time,
				  seen[0].frames[page] != seen[i].frames[page]);
		}
	}
	TH_LOG("%d processes: namespace page %llx, time page %llx, code %llx", PROCESSES,
	       (unsigned long long)seen[0].frames[0], (unsigned long long)seen[0].frames[1],
	       (unsigned long long)seen[0].frames[2]);
	close(stay[1]);
	for (i = 0; i < PROCESSES; i++)
		EXPECT_EQ(0, wait_for_child(pids[i]));
}

TEST(a_child_keeps_the_mapping_after_fork)
{
	pid_t pid;

	ASSERT_EQ(0, fastvdso_open());
	pid = fork();
	if (!pid) {
		struct fastvdso_status mine;
		int64_t before = fastvdso_now_ns(CLOCK_MONOTONIC);

		fastvdso_status(&mine, sizeof(mine));
		fastvdso_close();
		/* Closing in the child leaves the parent's mapping alone. */
		_exit(!(mine.image && fastvdso_now_ns(CLOCK_MONOTONIC) >= before));
	}
	EXPECT_EQ(0, wait_for_child(pid));
	EXPECT_NE(NULL, fastvdso_sym(STOCK_PREFIX "clock_gettime", STOCK_VERSION_NAME));
	fastvdso_close();
	EXPECT_EQ(NULL, fastvdso_sym(STOCK_PREFIX "clock_gettime", STOCK_VERSION_NAME));
}

TEST_HARNESS_MAIN
