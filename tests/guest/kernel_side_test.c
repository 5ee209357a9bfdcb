// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be tested from inside the kernel, by tests/harness/probe: pages that the kernel cannot
 * write either, and CPUs whose TSC_AUX does not hold their number.
 */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "machine.h"
#include "mapping.h"
#include "kselftest_harness.h"

#define FOREIGN	"0xabc"		/* a number that no CPU here has */

/* Run a shell command; its exit status. */
static int run(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* That of the foreign TSC_AUX, so that a machine with one CPU has it, too. */
static int last_cpu(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
}

static int write_foreign_aux(void)
{
	char command[96];

	snprintf(command, sizeof(command), "insmod /lib/modules/fastvdso_probe.ko aux_cpu=%d aux=" FOREIGN,
		 last_cpu());
	return run(command);
}

static int load(void)
{
	char command[256];

	snprintf(command, sizeof(command), "insmod /lib/modules/fastvdso.ko %s", getenv("FASTVDSO_PARAMS") ?: "");
	return run(command);
}

/* True if the kernel can write to the page at an address of this process: the probe loads then. */
static int kernel_can_write(const void *page)
{
	char options[64];
	int fd = open("/lib/modules/fastvdso_probe.ko", O_RDONLY), error = 0;

	snprintf(options, sizeof(options), "address=%lu", (unsigned long)page);
	if (syscall(SYS_finit_module, fd, options, 0))
		error = errno;
	else
		run("rmmod fastvdso_probe");
	close(fd);
	return error == EACCES ? 0 : error ? -error : 1;
}

/* On how many CPUs fastvdso_getcpu() or a snapshot differs from the kernel. */
static int wrong_cpu_numbers(void)
{
	struct fastvdso_snapshot snapshot;
	unsigned int cpu, node, ours, our_node;
	int wrong = 0, i;
	cpu_set_t set;

	for (i = 0; i <= last_cpu(); i++) {
		CPU_ZERO(&set);
		CPU_SET(i, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			return -1;
		syscall(SYS_getcpu, &cpu, &node, NULL);
		fastvdso_getcpu(&ours, &our_node);
		wrong += ours != cpu || our_node != node;
		if (!fastvdso_snapshot(&snapshot))
			wrong += snapshot.cpu != cpu || snapshot.node != node;
	}
	return wrong;
}

static enum fastvdso_steering steering_state(void)
{
	struct fastvdso_status status;

	return fastvdso_status(&status, sizeof(status)) ? FASTVDSO_STEERING_NONE : status.steering;
}

/*
 * Keep CPU 1 busy for some seconds, until the steering is in a state. A CPU is checked when it is
 * measured, and an idle CPU is neither woken nor measured.
 */
static int steering_becomes(enum fastvdso_steering state)
{
	int64_t end = kernel_ns(CLOCK_MONOTONIC) + 10 * NS;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(last_cpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return 0;
	while (steering_state() != state && kernel_ns(CLOCK_MONOTONIC) < end)
		;
	return steering_state() == state;
}

TEST(the_kernel_cannot_write_code_and_constant_pages)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY);
	struct fastvdso_info info = { 0 };
	int i, last = FASTVDSO_PAGE_CPU_TIME;
	char *page;
	off_t at;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, ioctl(fd, FASTVDSO_IOC_INFO, &info));
	if (info.cpu_time == FASTVDSO_CPU_TIME_UNSUPPORTED)
		last--;
	for (i = 0; i < FASTVDSO_DATA_PAGES + 5; i++) {
		/* The data, then the code. */
		at = i < FASTVDSO_DATA_PAGES ? DATA_AT + i * PAGE : (i - FASTVDSO_DATA_PAGES) * PAGE;
		page = map_at(fd, PAGE, PROT_READ, MAP_SHARED, at);
		ASSERT_NE(MAP_FAILED, page);
		/* Of the CPU-time pages, only the first has lines on a machine with few CPUs. */
		EXPECT_EQ(i >= FASTVDSO_PAGE_TIME && i <= last, kernel_can_write(page))
			TH_LOG("page %d", i);
		munmap(page, PAGE);
	}
	for (i = 0; i < 8; i++) {
		page = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT + (off_t)(i * FASTVDSO_MAP_STEERED));
		ASSERT_NE(MAP_FAILED, page);
		EXPECT_EQ(0, kernel_can_write(page)) TH_LOG("namespace page, flags %d", i);
		munmap(page, PAGE);
	}
	close(fd);
}

TEST(a_foreign_tsc_aux_is_noticed_when_the_module_is_loaded)
{
	char command[96];

	ASSERT_EQ(0, run("rmmod fastvdso"));
	ASSERT_EQ(0, write_foreign_aux());
	ASSERT_EQ(0, load());
	snprintf(command, sizeof(command), "dmesg | grep -q 'CPU %d: TSC_AUX does not hold the CPU number'",
		 last_cpu());
	EXPECT_EQ(0, run(command));
	ASSERT_EQ(0, fastvdso_open());
	EXPECT_EQ(0, wrong_cpu_numbers());
	if (steering_state() != FASTVDSO_STEERING_FORBIDDEN)
		EXPECT_EQ(FASTVDSO_STEERING_UNSUPPORTED, steering_state());
	fastvdso_close();
	ASSERT_EQ(0, run("rmmod fastvdso && rmmod fastvdso_probe"));
	ASSERT_EQ(0, load());
}

TEST(a_foreign_tsc_aux_ends_steering)
{
	ASSERT_EQ(0, fastvdso_open());
	if (!steering_becomes(FASTVDSO_STEERING_ACTIVE))
		SKIP(return, "nothing is steered here");
	ASSERT_EQ(0, write_foreign_aux());
	EXPECT_TRUE(steering_becomes(FASTVDSO_STEERING_UNSUPPORTED));
	EXPECT_EQ(0, wrong_cpu_numbers());
	fastvdso_close();
	ASSERT_EQ(0, run("rmmod fastvdso && rmmod fastvdso_probe"));
	ASSERT_EQ(0, load());
}

TEST_HARNESS_MAIN
