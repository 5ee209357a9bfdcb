// SPDX-License-Identifier: GPL-2.0
/* What doctor makes of machines whose /sys and /proc are made up. */
#define _GNU_SOURCE
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define CLOCKSOURCES	"/sys/devices/system/clocksource/clocksource0/"
#define DMI		"/sys/class/dmi/id/"
#define STEERABLE	"flags\t\t: fpu tsc rdtscp constant_tsc nonstop_tsc\n"

FIXTURE(doctor)
{
	char root[64];
	struct machine machine;
	struct advice advice;
};

FIXTURE_SETUP(doctor)
{
	strcpy(self->root, "/tmp/fastvdso-doctor.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->root));
	memset(&self->machine, 0, sizeof(self->machine));
	memset(&self->advice, 0, sizeof(self->advice));
}

FIXTURE_TEARDOWN(doctor)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", self->root);
	ASSERT_EQ(0, system(command));
}

/* Write a file below the root, with its folders. */
static void put(const char *root, const char *name, const char *text)
{
	char path[256], *slash;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	if (!file)
		abort();
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void put_clocksources(const char *root, const char *current, const char *available)
{
	put(root, CLOCKSOURCES "current_clocksource", current);
	put(root, CLOCKSOURCES "available_clocksource", available);
}

/* Whether a piece of advice contains the text. */
static int advises(struct machine *machine, struct advice *advice, const char *text)
{
	int i;

	advice->count = 0;
	advise_on_clocksource(advice, machine);
	for (i = 0; i < advice->count; i++)
		if (strstr(advice->lines[i], text))
			return 1;
	return 0;
}

#define ADVISES(text)	advises(&self->machine, &self->advice, text)

TEST_F(doctor, a_part_of_a_name_is_not_an_offer)
{
	put_clocksources(self->root, "acpi_pm", "hyperv_clocksource_tsc_page acpi_pm ");
	put(self->root, "/proc/cpuinfo", STEERABLE);
	machine_read(&self->machine, self->root, "Microsoft Hv");
	EXPECT_STREQ("hyperv_clocksource_tsc_page acpi_pm", self->machine.available);
	EXPECT_FALSE(machine_offers(&self->machine, "tsc"));
	EXPECT_TRUE(machine_offers(&self->machine, "acpi_pm"));
	EXPECT_FALSE(ADVISES("echo tsc >"));
	EXPECT_TRUE(ADVISES("echo hyperv_clocksource_tsc_page >"));
}

TEST_F(doctor, only_what_is_offered_is_advised)
{
	static const char *const names[] = {
		"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "hyperv_clocksource_msr", "xen", "hpet",
		"acpi_pm", "pit", "jiffies", "refined-jiffies", "tsc-early", "arch_sys_counter",
		"arch_mem_counter", "riscv_clocksource", "timebase", "tod", "Constant", "of another kernel",
	};
	size_t i, offered;
	int line;

	put(self->root, "/proc/cpuinfo", STEERABLE);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (offered = 0; offered < sizeof(names) / sizeof(*names); offered++) {
			int known = clocksource_find(names[i]) != NULL;
			char list[128], echo[128];

			EXPECT_EQ(strcmp(names[i], "of another kernel") != 0, known);
			snprintf(list, sizeof(list), "%s %s", names[i], names[offered]);
			snprintf(echo, sizeof(echo), "echo %s >", names[offered]);
			put_clocksources(self->root, names[i], list);
			machine_read(&self->machine, self->root, "");
			self->advice.count = 0;
			advise_on_clocksource(&self->advice, &self->machine);
			for (line = 0; line < self->advice.count; line++)
				if (strstr(self->advice.lines[line], "echo ")) {
					EXPECT_NE(NULL, strstr(self->advice.lines[line], echo));
					EXPECT_NE(i, offered);
				}
		}
}

TEST_F(doctor, tsc_is_advised_where_it_is_offered)
{
	put(self->root, "/proc/cpuinfo", STEERABLE);
	put_clocksources(self->root, "xen", "xen tsc hpet acpi_pm");
	machine_read(&self->machine, self->root, "XenVMMXenVMM");
	EXPECT_TRUE(ADVISES("echo tsc >"));
	EXPECT_TRUE(ADVISES("clocksource=tsc on its own command line"));
	put_clocksources(self->root, "hpet", "hpet acpi_pm");
	machine_read(&self->machine, self->root, "");
	EXPECT_FALSE(ADVISES("echo "));
	EXPECT_TRUE(ADVISES("firmware update"));
	machine_read(&self->machine, self->root, "KVMKVMKVM");
	EXPECT_FALSE(ADVISES("firmware update"));
	EXPECT_TRUE(ADVISES("+invtsc"));
}

TEST_F(doctor, a_paravirtual_clock_is_advised_instead_of_a_timer)
{
	put_clocksources(self->root, "acpi_pm", "kvm-clock acpi_pm");
	machine_read(&self->machine, self->root, "KVMKVMKVM");
	EXPECT_TRUE(ADVISES("echo kvm-clock >"));
	put_clocksources(self->root, "hyperv_clocksource_msr",
			 "hyperv_clocksource_tsc_page hyperv_clocksource_msr");
	machine_read(&self->machine, self->root, "Microsoft Hv");
	EXPECT_TRUE(ADVISES("echo hyperv_clocksource_tsc_page >"));
	put_clocksources(self->root, "hyperv_clocksource_tsc_page",
			 "hyperv_clocksource_tsc_page hyperv_clocksource_msr acpi_pm");
	machine_read(&self->machine, self->root, "Microsoft Hv");
	EXPECT_FALSE(ADVISES("echo "));
	EXPECT_TRUE(ADVISES("the Hyper-V host does not keep"));
}

TEST_F(doctor, without_sys_nothing_is_advised)
{
	machine_read(&self->machine, self->root, "");
	EXPECT_STREQ("unknown", self->machine.clocksource);
	EXPECT_STREQ("", self->machine.hypervisor);
	EXPECT_STREQ("", self->machine.cloud);
	EXPECT_FALSE(ADVISES(""));
}

/* arm64 has neither a TSC nor the flags of x86's /proc/cpuinfo. */
TEST_F(doctor, the_tsc_is_no_matter_on_arm64)
{
	put_clocksources(self->root, "arch_sys_counter", "arch_sys_counter");
	put(self->root, "/proc/cpuinfo", "Features\t: fp asimd evtstrm");
	put(self->root, "/proc/device-tree/hypervisor/compatible", "linux,kvm");
	machine_read(&self->machine, self->root, "");
	EXPECT_STREQ("KVM", self->machine.hypervisor);
	EXPECT_FALSE(self->machine.can_steer);
	EXPECT_TRUE(ADVISES("erratum"));
	EXPECT_FALSE(ADVISES("TSC"));
}

static const struct {
	const char *file, *text, *signatures, *hypervisor, *cloud;
} hosts[] = {
	{ "sys_vendor", "Amazon EC2", "KVMKVMKVM", "KVM", "Amazon EC2" },
	{ "bios_version", "4.11.amazon", "XenVMMXenVMM", "Xen", "Amazon EC2" },
	{ "product_name", "Google Compute Engine", "KVMKVMKVM", "KVM", "Google Compute Engine" },
	{ "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "Microsoft Hv", "Hyper-V",
	  "Microsoft Azure" },
	{ "sys_vendor", "Alibaba Cloud", "KVMKVMKVM", "KVM", "Alibaba Cloud" },
	{ "product_name", "OpenStack Nova", "KVMKVMKVM", "KVM", "OpenStack" },
	{ "sys_vendor", "QEMU", "", "QEMU", "" },
	{ "product_name", "KVM Virtual Machine", "", "KVM", "" },
	{ "sys_vendor", "VMware, Inc.", "VMwareVMware", "VMware", "" },
	{ "sys_vendor", "Dell Inc.", "", "", "" },
	/* KVM and Xen present themselves as Hyper-V too. */
	{ "sys_vendor", "QEMU", "Microsoft HvKVMKVMKVM", "KVM", "" },
	{ "sys_vendor", "Xen", "Microsoft HvXenVMMXenVMM", "Xen", "" },
};

TEST_F(doctor, hypervisors_and_clouds_are_named)
{
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		char name[64], path[128];

		snprintf(name, sizeof(name), DMI "%s", hosts[i].file);
		put(self->root, name, hosts[i].text);
		machine_read(&self->machine, self->root, hosts[i].signatures);
		EXPECT_STREQ(hosts[i].hypervisor, self->machine.hypervisor);
		EXPECT_STREQ(hosts[i].cloud, self->machine.cloud);
		snprintf(path, sizeof(path), "%s%s", self->root, name);
		unlink(path);
	}
	put(self->root, "/sys/hypervisor/type", "xen");
	machine_read(&self->machine, self->root, "");
	EXPECT_STREQ("Xen", self->machine.hypervisor);
}

TEST_F(doctor, the_gain_is_told_before_the_module_is_loaded)
{
	struct costs costs = { .libc = 700, .fastvdso = 705, .counter = 20, .cpu_time = 800 };
	char line[200];

	put_clocksources(self->root, "hpet", "hpet acpi_pm");
	put(self->root, "/proc/cpuinfo", STEERABLE);
	machine_read(&self->machine, self->root, "");
	EXPECT_TRUE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_STREQ("fastvdso would read the clock in about 22 ns instead of 700, with an error bound of "
		     "some microseconds: 32 times as fast", line);

	costs.is_refused = 1;
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "nothing at present"));
	costs.is_refused = 0;

	/* Hypervisors hide the flags of a constant rate, and the module steers all the same. */
	put(self->root, "/proc/cpuinfo", "flags\t\t: tsc rdtscp hypervisor");
	machine_read(&self->machine, self->root, "");
	EXPECT_TRUE(describe_gain(line, sizeof(line), &self->machine, &costs));
	put(self->root, "/proc/cpuinfo", "flags\t\t: tsc rdtscp constant_tsc");
	machine_read(&self->machine, self->root, "");
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "would gain nothing"));

	put(self->root, "/proc/cpuinfo", STEERABLE);
	machine_read(&self->machine, self->root, "");
	costs.empty_call = 60;
	EXPECT_TRUE(describe_gain(line, sizeof(line), &self->machine, &costs));
	costs.counter = 1200;
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "answers each reading of the counter"));
	costs.counter = 20;

	put_clocksources(self->root, "kvm-clock", "kvm-clock hpet");
	machine_read(&self->machine, self->root, "");
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "does not call this clock stable"));

	put_clocksources(self->root, "jiffies", "jiffies");
	machine_read(&self->machine, self->root, "");
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "tick"));

	put_clocksources(self->root, "tsc", "tsc");
	put(self->root, "/proc/cpuinfo", STEERABLE);
	machine_read(&self->machine, self->root, "");
	costs.vdso_works = 1;
	EXPECT_FALSE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_NE(NULL, strstr(line, "little"));
	EXPECT_NE(NULL, strstr(line, "CPU time of a thread, now 800 ns"));
	costs = (struct costs) { .libc = 700, .fastvdso = 35, .is_mapped = 1 };
	EXPECT_TRUE(describe_gain(line, sizeof(line), &self->machine, &costs));
	EXPECT_STREQ("fastvdso reads the clock in 35 ns instead of 700: 20.0 times as fast", line);
}

TEST_HARNESS_MAIN
