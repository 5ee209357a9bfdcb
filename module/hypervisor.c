// SPDX-License-Identifier: GPL-2.0
/*
 * The clock page of the hypervisor: a mapping of its own kind, one page long.
 *
 * The page is not the module's: it is mapped by its number, as the kernel's own vDSO
 * does, without a reference, and is there as long as the machine runs. So fork may copy
 * it. Private copies of such a mapping must not be: without VM_MAYWRITE there are none.
 */
#include <linux/mm.h>

#include "compat.h"
#include "internal.h"

static vm_fault_t hypervisor_fault(struct vm_fault *vmf)
{
	pgprot_t prot = vmf->vma->vm_page_prot;
	unsigned long pfn = fastvdso_arch_hypervisor_pfn(&prot);

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
	ret = fastvdso_protect(vma, true);
	if (ret)
		return ret;
	if (!fastvdso_arch_hypervisor_pfn(&prot))
		return -ENODEV;
	vm_flags_set(vma, VM_PFNMAP);
	vma->vm_ops = &hypervisor_vm_ops;
	return 0;
}
