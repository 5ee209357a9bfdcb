// SPDX-License-Identifier: GPL-2.0
/* Find out what kind of machine this is. */
#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../read_line.h"

#define DMI_DIR			"/sys/class/dmi/id/"

static void read_below(const char *root, const char *name, const char *prefix, char *to, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	read_line(path, prefix, to, size);
	while (*to && to[strlen(to) - 1] == ' ')
		to[strlen(to) - 1] = '\0';
}

/* A whole word of the list, because hyperv_clocksource_tsc_page is not tsc. */
static int has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		size_t this = strcspn(list, " ");

		if (this == length && !strncmp(list, word, length))
			return 1;
		list += this;
		list += strspn(list, " ");
	}
	return 0;
}

int machine_offers(const struct machine *machine, const char *clocksource)
{
	return has_word(machine->available, clocksource);
}

struct pattern {
	const char *text, *name;
};

static const char *match(const struct pattern *patterns, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strstr(text, patterns[i].text))
			return patterns[i].name;
	return "";
}

/* In CPUID. "Microsoft Hv" is last because other hypervisors have that signature too. */
static const struct pattern signature_names[] = {
	{ "KVMKVMKVM",		"KVM" },
	{ "Linux KVM Hv",	"KVM" },
	{ "XenVMMXenVMM",	"Xen" },
	{ "VMwareVMware",	"VMware" },
	{ "VBoxVBoxVBox",	"VirtualBox" },
	{ "TCGTCGTCGTCG",	"QEMU" },
	{ "bhyve bhyve ",	"bhyve" },
	{ "ACRNACRNACRN",	"ACRN" },
	{ "prl hyperv  ",	"Parallels" },
	{ "OpenBSDVMM58",	"OpenBSD vmm" },
	{ "Microsoft Hv",	"Hyper-V" },
};

/* In the device tree. */
static const struct pattern device_tree_names[] = {
	{ "linux,kvm",		"KVM" },
	{ "xen,xen",		"Xen" },
	{ "vmware",		"VMware" },
};

/* In the firmware's tables, vendor and product. */
static const struct pattern product_names[] = {
	{ "KVM Virtual Machine",	"KVM" },
	{ "QEMU",			"QEMU" },
	{ "VMware",			"VMware" },
	{ "innotek GmbH",		"VirtualBox" },
	{ "VirtualBox",			"VirtualBox" },
	{ "Xen",			"Xen" },
	{ "BHYVE",			"bhyve" },
	{ "Parallels",			"Parallels" },
	{ "Apple Virtualization",	"Apple Virtualization" },
	{ "Microsoft Corporation Virtual Machine", "Hyper-V" },
};

static void find_hypervisor(struct machine *machine, const char *root, const char *signatures)
{
	const char *name = match(signature_names, ARRAY_SIZE(signature_names), signatures);
	char text[sizeof(machine->hypervisor)];

	if (!*name) {
		read_below(root, "/sys/hypervisor/type", "", text, sizeof(text));
		if (*text)
			name = strcmp(text, "xen") ? text : "Xen";
	}
	if (!*name) {
		read_below(root, "/proc/device-tree/hypervisor/compatible", "", text, sizeof(text));
		name = match(device_tree_names, ARRAY_SIZE(device_tree_names), text);
	}
	if (!*name)
		name = match(product_names, ARRAY_SIZE(product_names), machine->product);
	snprintf(machine->hypervisor, sizeof(machine->hypervisor), "%s", name);
}

/* How clouds name themselves in the firmware's tables. */
static const struct {
	const char *file, *begins, *name;
} clouds[] = {
	{ "sys_vendor",		"Amazon EC2",			"Amazon EC2" },
	{ "bios_vendor",	"Amazon EC2",			"Amazon EC2" },
	{ "product_name",	"Google Compute Engine",	"Google Compute Engine" },
	{ "chassis_asset_tag",	"7783-7084-3265-9085-8269-3286-77", "Microsoft Azure" },
	{ "chassis_asset_tag",	"OracleCloud.com",		"Oracle Cloud" },
	{ "sys_vendor",		"Alibaba Cloud",		"Alibaba Cloud" },
	{ "sys_vendor",		"Tencent Cloud",		"Tencent Cloud" },
	{ "sys_vendor",		"Huawei Cloud",			"Huawei Cloud" },
	{ "sys_vendor",		"DigitalOcean",			"DigitalOcean" },
	{ "sys_vendor",		"Hetzner",			"Hetzner" },
	{ "sys_vendor",		"Vultr",			"Vultr" },
	{ "sys_vendor",		"Linode",			"Linode" },
	{ "sys_vendor",		"Akamai",			"Linode" },
	{ "sys_vendor",		"Scaleway",			"Scaleway" },
	{ "sys_vendor",		"UpCloud",			"UpCloud" },
	{ "sys_vendor",		"Exoscale",			"Exoscale" },
	{ "product_name",	"CloudStack",			"CloudStack" },
	{ "product_name",	"OpenStack",			"OpenStack" },
	{ "sys_vendor",		"OpenStack",			"OpenStack" },
};

static void find_cloud(struct machine *machine, const char *root)
{
	char path[64], text[128];
	const char *name = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clouds) && !*name; i++) {
		snprintf(path, sizeof(path), DMI_DIR "%s", clouds[i].file);
		read_below(root, path, "", text, sizeof(text));
		if (!strncmp(text, clouds[i].begins, strlen(clouds[i].begins)))
			name = clouds[i].name;
	}
	/* EC2's Xen machines have only this. */
	if (!*name) {
		read_below(root, DMI_DIR "bios_version", "", text, sizeof(text));
		name = strstr(text, "amazon") ? "Amazon EC2" : "";
	}
	snprintf(machine->cloud, sizeof(machine->cloud), "%s", name);
}

static void find_product(struct machine *machine, const char *root)
{
	char vendor[60], product[60];

	read_below(root, DMI_DIR "sys_vendor", "", vendor, sizeof(vendor));
	read_below(root, DMI_DIR "product_name", "", product, sizeof(product));
	snprintf(machine->product, sizeof(machine->product), "%s%s%s", vendor,
		 *vendor && *product ? " " : "", product);
}

/*
 * The module's conditions for steering, see fastvdso_arch_can_steer(). Not whether kvm-clock is stable, which only
 * the kernel knows. Only x86 has such flags.
 */
static void read_cpu_flags(struct machine *machine, const char *root)
{
	static char flags[4096];

	read_below(root, "/proc/cpuinfo", "flags\t\t: ", flags, sizeof(flags));
	machine->has_tsc = has_word(flags, "tsc");
	machine->can_steer = machine->has_tsc && has_word(flags, "rdtscp") &&
			     ((has_word(flags, "constant_tsc") && has_word(flags, "nonstop_tsc")) ||
			      has_word(flags, "hypervisor"));
}

void machine_read(struct machine *machine, const char *root, const char *signatures)
{
	read_below(root, CLOCKSOURCE_DIR "current_clocksource", "", machine->clocksource,
		   sizeof(machine->clocksource));
	read_below(root, CLOCKSOURCE_DIR "available_clocksource", "", machine->available,
		   sizeof(machine->available));
	if (!*machine->clocksource)
		strcpy(machine->clocksource, "unknown");
	find_product(machine, root);
	find_hypervisor(machine, root, signatures);
	find_cloud(machine, root);
	read_cpu_flags(machine, root);
}
