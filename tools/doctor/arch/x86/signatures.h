/* SPDX-License-Identifier: GPL-2.0 */
/* How hypervisors present themselves on x86, and what they do to the counter. */
#ifndef FASTVDSO_DOCTOR_SIGNATURES_H
#define FASTVDSO_DOCTOR_SIGNATURES_H

#include <cpuid.h>
#include <stddef.h>
#include <string.h>

#define COUNTER_TRAPPED_BY	"hypervisor"
#define COUNTER_TRAPPED_ADVICE	"a machine type, or a setting of the host, that lets guests read the TSC"

#define HYPERVISOR_BIT		(1u << 31)	/* of ECX of leaf 1 */
#define HYPERVISOR_FIRST	0x40000000u
#define HYPERVISOR_LAST		0x40000400u
#define HYPERVISOR_STEP		0x100u

/*
 * The signatures of CPUID, concatenated; "" if there is no hypervisor. There can be several: KVM and Xen
 * also present themselves as Hyper-V, for guests that know only that.
 */
static inline void hypervisor_signatures(char *to, size_t size)
{
	unsigned int leaf, eax, ebx, ecx, edx;
	size_t length = 0;

	to[0] = '\0';
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & HYPERVISOR_BIT))
		return;
	for (leaf = HYPERVISOR_FIRST; leaf <= HYPERVISOR_LAST; leaf += HYPERVISOR_STEP) {
		if (length + 13 > size)
			break;
		__cpuid(leaf, eax, ebx, ecx, edx);
		memcpy(to + length, &ebx, 4);
		memcpy(to + length + 4, &ecx, 4);
		memcpy(to + length + 8, &edx, 4);
		to[length + 12] = '\0';
		length += strlen(to + length);
	}
}

#endif
