// SPDX-License-Identifier: GPL-2.0
/* x86: which instructions the image shall use, and which clocksource is the counter. */
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/segment.h>

#include "image.h"
#include "internal.h"
#include "patch.h"

struct patch_entry {
	s32 place;	/* relative to this field */
	u32 kind;
};

static const u8 rdtscp[FASTVDSO_PATCH_COUNTER_LEN] = { 0x0f, 0x01, 0xf9, 0x66, 0x90 };
static const u8 mfence_rdtsc[FASTVDSO_PATCH_COUNTER_LEN] = { 0x0f, 0xae, 0xf0, 0x0f, 0x31 };
static const u8 rdpid_rax[FASTVDSO_PATCH_CPUNODE_LEN] = { 0xf3, 0x0f, 0xc7, 0xf8 };

/*
 * The kernel's own preferences: rdtscp waits for earlier loads by itself; lfence
 * does so where the CPU says so; on the few old CPUs that do not, mfence.
 */
static void __init patch_counter(void *place)
{
	if (boot_cpu_has(X86_FEATURE_RDTSCP))
		memcpy(place, rdtscp, sizeof(rdtscp));
	else if (!boot_cpu_has(X86_FEATURE_LFENCE_RDTSC))
		memcpy(place, mfence_rdtsc, sizeof(mfence_rdtsc));
}

static void __init patch_cpunode(void *place)
{
	if (boot_cpu_has(X86_FEATURE_RDPID))
		memcpy(place, rdpid_rax, sizeof(rdpid_rax));
}

void __init fastvdso_arch_patch(void *image)
{
	unsigned long offset;

	BUILD_BUG_ON(FASTVDSO_CPUNODE_SEG != __CPUNODE_SEG);
	BUILD_BUG_ON(FASTVDSO_CPUNODE_BITS != VDSO_CPUNODE_BITS);

	for (offset = FASTVDSO_IMAGE_PATCH_START; offset < FASTVDSO_IMAGE_PATCH_END;
	     offset += sizeof(struct patch_entry)) {
		const struct patch_entry *entry = image + offset;
		void *place = image + offset + entry->place;

		if (entry->kind == FASTVDSO_PATCH_COUNTER)
			patch_counter(place);
		else if (entry->kind == FASTVDSO_PATCH_CPUNODE)
			patch_cpunode(place);
	}
}

enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource)
{
	return clocksource->vdso_clock_mode == VDSO_CLOCKMODE_TSC ? FASTVDSO_CLOCK_COUNTER
								  : FASTVDSO_CLOCK_NONE;
}
