// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping of the hypervisor's clock page, one page long.
 *
 * The page does not belong to the module. It exists as long as the machine runs, so it is mapped
 * by PFN and without a reference, like in the kernel's own vDSO, and fork may copy its page table
 * entry. A VM_PFNMAP mapping must not be copied on write: without VM_MAYWRITE it never is.
 */
#include <linux/mm.h>

#include "compat.h"
#include "internal.h"

static vm_fault_t hypervisor_fault(struct vm_fault *vmf)
{
	pgprot_t prot = vmf->vma->vm_page_prot;
	unsigned long pfn = fastvdso_arch_hypervisor_pfn(&prot);

	if (!pfn)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn_prot(vmf->vma, vmf->address, pfn, prot);
}

static const struct vm_operations_struct hypervisor_vm_ops = {
	.fault		= hypervisor_fault,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

int fastvdso_hypervisor_mmap(struct vm_area_struct *vma)
{
	pgprot_t prot = vma->vm_page_prot;
	int ret;

	if (vma_pages(vma) != 1)
		return -EINVAL;
	ret = fastvdso_protect(vma, FASTVDSO_DATA);
	if (ret)
		return ret;
	if (!fastvdso_arch_hypervisor_pfn(&prot))
		return -ENODEV;
	vm_flags_set(vma, VM_PFNMAP);
	vma->vm_ops = &hypervisor_vm_ops;
	return 0;
}
