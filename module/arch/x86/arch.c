// SPDX-License-Identifier: GPL-2.0
/* x86: the instructions that the image uses, and the TSC. */
#include <linux/init.h>

#include <asm/cpufeature.h>
#include <asm/segment.h>
#include <asm/tsc.h>

#include "choice.h"
#include "compat.h"
#include "image.h"
#include "internal.h"
#include "patch.h"

static const u8 rdtscp[FASTVDSO_PATCH_COUNTER_LEN] = FASTVDSO_RDTSCP;
static const u8 mfence_rdtsc[FASTVDSO_PATCH_COUNTER_LEN] = FASTVDSO_MFENCE_RDTSC;
static const u8 rdpid_rax[FASTVDSO_PATCH_CPUNODE_LEN] = FASTVDSO_RDPID_RAX;

static void __init patch(void *image, u32 kind, const u8 *code, size_t length)
{
	fastvdso_patch(image, FASTVDSO_IMAGE_PATCH_START, FASTVDSO_IMAGE_PATCH_END, kind, code, length);
}

/*
 * rdtscp waits for earlier loads by itself; lfence does so where the CPU says so, and is what
 * the image is built with; on the few old CPUs that have neither, mfence. Where there is a
 * choice, what costs less.
 */
void __init fastvdso_arch_patch(void *image)
{
	BUILD_BUG_ON(FASTVDSO_CPUNODE_SEG != __CPUNODE_SEG);
	BUILD_BUG_ON(FASTVDSO_CPUNODE_BITS != VDSO_CPUNODE_BITS);

	if (boot_cpu_has(X86_FEATURE_RDTSCP)) {
		patch(image, FASTVDSO_PATCH_COUNTER_CPUNODE, rdtscp, sizeof(rdtscp));
		if (!boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) || fastvdso_rdtscp_is_cheaper())
			patch(image, FASTVDSO_PATCH_COUNTER, rdtscp, sizeof(rdtscp));
	} else if (!boot_cpu_has(X86_FEATURE_LFENCE_RDTSC)) {
		patch(image, FASTVDSO_PATCH_COUNTER, mfence_rdtsc, sizeof(mfence_rdtsc));
		patch(image, FASTVDSO_PATCH_COUNTER_CPUNODE, mfence_rdtsc, sizeof(mfence_rdtsc));
	}
	if (boot_cpu_has(X86_FEATURE_RDPID))
		patch(image, FASTVDSO_PATCH_CPUNODE, rdpid_rax, sizeof(rdpid_rax));
}

/* In order, as the image reads it. */
u64 fastvdso_arch_read_counter(void)
{
	return rdtsc_ordered();
}

unsigned long fastvdso_arch_counter_khz(void)
{
	return tsc_khz;
}

/* What the CPU says of its counter; a hypervisor may withhold it. */
u32 __init fastvdso_arch_counter_flags(void)
{
	return (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) ? FASTVDSO_COUNTER_CONSTANT : 0) |
	       (boot_cpu_has(X86_FEATURE_NONSTOP_TSC) ? FASTVDSO_COUNTER_NONSTOP : 0);
}

/*
 * Whether it is worth trying to steer: the CPU says that its counter neither changes its
 * rate nor stops, or, in a virtual machine, where such a word is often withheld, the
 * hypervisor looks after it; and counter and CPU can be read at once.
 */
bool fastvdso_arch_can_steer(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) && tsc_khz &&
	       ((boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && boot_cpu_has(X86_FEATURE_NONSTOP_TSC)) ||
		boot_cpu_has(X86_FEATURE_HYPERVISOR));
}
