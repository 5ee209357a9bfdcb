// SPDX-License-Identifier: GPL-2.0
/*
 * What a hypervisor does to the clock of its guest. The fixture's readers check the clocks on every CPU
 * meanwhile, and judge the kernel's own vDSO by the same rules.
 */
#define _GNU_SOURCE
#include <stdint.h>

#include "clocksource.h"
#include "event.h"
#include "machine.h"

#define PROBE	"/lib/modules/fastvdso_probe.ko"

static int is_kvm(void)
{
	const char *host = getenv("FASTVDSO_HOST");

	return host && (!strncmp(host, "kvm", 3) || !strcmp(host, "hyperv"));
}

/* Map the page of the hypervisor's clock. Returns NULL if there is none. */
static const volatile uint32_t *hypervisor_page(void)
{
	int fd = open(FASTVDSO_DEVICE, O_RDONLY);
	void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, FASTVDSO_OFFSET_HYPERVISOR);

	close(fd);
	return page == MAP_FAILED ? NULL : page;
}

/* Does the page say that it has a time? kvm-clock: the stable flag. Hyper-V: a sequence number. */
static int is_valid(const volatile uint32_t *page)
{
	return clock_mode_of("kvm-clock") == FASTVDSO_CLOCK_PVCLOCK ? page[7] >> 8 & 1 : page[0] != 0;
}

static int wait_until_valid(const volatile uint32_t *page, int valid)
{
	int i;

	for (i = 0; i < 200 && is_valid(page) != valid; i++)
		wait_ms(100);
	return is_valid(page) == valid ? 0 : -1;
}

TEST_F_TIMEOUT(event, reads_are_right_while_the_page_is_invalid_half_of_the_time, 60)
{
	const volatile uint32_t *page = hypervisor_page();
	unsigned int flips;

	if (!page || clock_mode_of(self->clock.source) == FASTVDSO_CLOCK_NONE)
		SKIP(return, "there is no hypervisor's page");
	ASSERT_EQ(0, system("insmod " PROBE " flips=1000"));
	flips = page[0];
	wait_ms(5000);
	EXPECT_EQ(0, system("rmmod fastvdso_probe"));
	/* kvm-clock's version grows by two with each write, Hyper-V's number by one when it is valid. */
	flips = page[0] - flips;
	flips /= clock_mode_of(self->clock.source) == FASTVDSO_CLOCK_PVCLOCK ? 4 : 1;
	TH_LOG("the page became invalid %u times in 5 s", flips);
	/* An emulated host does not keep up. */
	EXPECT_LT(100, flips);
	EXPECT_EQ(0, wait_until_valid(page, 1));
	wait_ms(200);
}

/*
 * KVM makes kvm-clock stable again when QEMU sets it. It does not write Hyper-V's page again until the guest
 * asks it to, as after a suspend.
 */
TEST_F_TIMEOUT(event, reads_are_right_while_the_host_has_no_stable_clock, 120)
{
	const volatile uint32_t *page = hypervisor_page();
	int is_hyperv = clock_mode_of(self->clock.source) == FASTVDSO_CLOCK_HVCLOCK, i;

	if (!page || !is_kvm() || clock_mode_of(self->clock.source) == FASTVDSO_CLOCK_NONE)
		SKIP(return, "there is no hypervisor's page, or the host does not change its clock");
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ask_host("unsteady", 2));
		EXPECT_EQ(0, wait_until_valid(page, 0));
		if (is_hyperv) {
			wait_ms(4000);
			ASSERT_EQ(0, suspend_pm_test());
		}
		EXPECT_EQ(0, wait_until_valid(page, 1));
		wait_ms(500);
	}
}

/* Saving takes seconds, in which the clocks of the guest stop. */
TEST_F_TIMEOUT(event, reads_are_right_after_the_machine_was_migrated, 120)
{
	long long before = lost_sec(), lost;

	__atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
	if (!is_kvm() || ask_host("migrate", 1))
		SKIP(return, "the host cannot migrate this machine");
	lost = wait_until_lost(before, 2, 60);
	TH_LOG("the kernel's clocks lost %lld s", lost);
	EXPECT_GE(lost, 2);
	wait_ms(1000);
}

/* After loadvm this process is back at savevm, and sees only that the RTC went on. */
TEST_F_TIMEOUT(event, reads_are_right_after_the_machine_was_reset_to_a_snapshot, 120)
{
	long long before = lost_sec(), lost;

	__atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
	if (!is_kvm() || ask_host("snapshot", 5))
		SKIP(return, "the host cannot take a snapshot of this machine");
	lost = wait_until_lost(before, 4, 60);
	TH_LOG("the kernel's clocks lost %lld s", lost);
	EXPECT_GE(lost, 4);
	wait_ms(1000);
}

TEST_F_TIMEOUT(event, reads_are_right_while_a_cpu_is_added, 60)
{
	char path[64];
	int i;

	if (!is_kvm() || !getenv("FASTVDSO_SPARE_CPU") || ask_host("plug", 1))
		SKIP(return, "the host has no other CPU");
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online", self->cpus);
	for (i = 0; i < 200 && access(path, W_OK); i++)
		wait_ms(100);
	ASSERT_EQ(0, write_file(path, "1"));
	/* The next test's fixture starts a reader on it. */
	wait_ms(1000);
}

TEST_HARNESS_MAIN
