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

/* Does the protection have a bit that means encrypted? Where it means decrypted, it is not set. */
static bool is_encrypted(pgprot_t prot)
{
	return pgprot_val(prot) & ~pgprot_val(pgprot_decrypted(prot));
}

/*
 * Return the PFN of the page on which KVM, Xen or Hyper-V publishes its clock, or 0 if there is none,
 * and adjust @prot for mapping it. The page never changes after boot. Linux reserves memory for
 * Hyper-V's page on every machine, so check the hypervisor's type too.
 *
 * Memory encryption: the kernel maps a page that the hypervisor writes decrypted. A process has to map it in
 * the same way, or it reads the page through the cipher.
 *
 * - kvm-clock of CPU 0 is in .bss..decrypted since before 5.10, which early boot maps decrypted under SEV, so
 *   the PTE is made by pgprot_decrypted(), as in vvar_fault() of the kernel's own vDSO. Without memory
 *   encryption, and on Xen, which has none for its guests, pgprot_decrypted() changes nothing.
 * - Hyper-V's page is in that section only in later kernels, and vvar_fault() maps it by the VMA's own
 *   protection. Both agree unless that has the encryption bit (SEV without a virtual top of memory). Then
 *   do not map the page, so that readings are system calls. With a virtual top of memory, and with TDX, the
 *   bit means the opposite, early boot does not change the section, and the VMA's protection is right.
 */
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot)
{
	void *pvclock = pvclock_get_pvti_cpu0_va();

	if (pvclock) {
		*prot = pgprot_decrypted(*prot);
		return virt_to_phys(pvclock) >> PAGE_SHIFT;
	}
	if (!hypervisor_is_type(X86_HYPER_MS_HYPERV) || is_encrypted(*prot))
		return 0;
	return hv_get_tsc_pfn();
}
