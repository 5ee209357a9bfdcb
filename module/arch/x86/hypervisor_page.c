// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the clocksources that the image can read, and the hypervisor's page that two of them need.
 * tests/system/hypervisor replaces this file.
 */
#include <linux/clocksource.h>

#include <asm/hypervisor.h>
#include <asm/pvclock.h>

#include "compat.h"
#include "internal.h"

enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource)
{
	switch (clocksource->vdso_clock_mode) {
	case VDSO_CLOCKMODE_TSC:
		return FASTVDSO_CLOCK_COUNTER;
	case VDSO_CLOCKMODE_PVCLOCK:
		return FASTVDSO_CLOCK_PVCLOCK;
	case VDSO_CLOCKMODE_HVCLOCK:
		return FASTVDSO_CLOCK_HVCLOCK;
	default:
		return FASTVDSO_CLOCK_NONE;
	}
}

/*
 * Return the PFN of the page on which KVM, Xen or Hyper-V publishes its clock, or 0 if there is none,
 * and adjust @prot for mapping it. The page never changes after boot. Linux reserves memory for
 * Hyper-V's page on every machine, so check the hypervisor's type too.
 */
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot)
{
	void *pvclock = pvclock_get_pvti_cpu0_va();

	if (pvclock) {
		/* With memory encryption, the guest shares this page decrypted: the hypervisor writes it. */
		*prot = pgprot_decrypted(*prot);
		return virt_to_phys(pvclock) >> PAGE_SHIFT;
	}
	return hypervisor_is_type(X86_HYPER_MS_HYPERV) ? hv_get_tsc_pfn() : 0;
}
