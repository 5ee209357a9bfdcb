// SPDX-License-Identifier: GPL-2.0
/*
 * How processes get the pages: read-only, the code executable, the data never,
 * and no way to change that later.
 *
 * Pages come one by one in .fault. So a fork shares nothing that was already
 * chosen: the child faults for itself, in its own time namespace.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/sched.h>

#include "compat.h"
#include "internal.h"

static vm_fault_t fastvdso_fault(struct vm_fault *vmf)
{
	struct page *page;

	if (vmf->pgoff == FASTVDSO_PAGE_NS) {
		/* A debugger, or a kernel thread, has not the namespace of the process. */
		if (vmf->vma->vm_mm != current->mm || (current->flags & PF_KTHREAD))
			return VM_FAULT_SIGBUS;
		page = fastvdso_namespace_page();
		if (!page)
			return VM_FAULT_OOM;
	} else {
		page = fastvdso_page(vmf->pgoff);
		if (!page)
			return VM_FAULT_SIGBUS;
		get_page(page);
	}
	vmf->page = page;
	return 0;
}

/* The code finds its data by distance: neither moves, neither is cut. */
static int fastvdso_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int fastvdso_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct fastvdso_vm_ops = {
	.fault		= fastvdso_fault,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

int fastvdso_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff, pages = vma_pages(vma);
	unsigned long end = FASTVDSO_DATA_PAGES + fastvdso_code_pages();
	bool is_data = first < FASTVDSO_DATA_PAGES;

	if (first >= end || pages > end - first)
		return -EINVAL;
	if (is_data && pages > FASTVDSO_DATA_PAGES - first)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	/* With that personality every readable mapping asks for it, unasked. */
	if (is_data && (vma->vm_flags & VM_EXEC) && !(current->personality & READ_IMPLIES_EXEC))
		return -EACCES;

	/*
	 * Without VM_MAYWRITE neither mprotect(), nor ptrace, nor /proc/PID/mem can
	 * write, and no private copy comes into being. VM_DONTEXPAND also keeps the
	 * mapping from being merged or grown.
	 */
	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_DONTEXPAND);
	if (is_data) {
		vm_flags_clear(vma, VM_EXEC | VM_MAYEXEC);
		vm_flags_set(vma, VM_DONTDUMP);
	}
	vma->vm_ops = &fastvdso_vm_ops;
	return 0;
}
