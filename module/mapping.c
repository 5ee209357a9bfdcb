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

/* The wishes within an offset of data, in pages; and what of them its namespace page says. */
#define WISHES	((FASTVDSO_MAP_STEERED | FASTVDSO_MAP_HYPERVISOR) >> PAGE_SHIFT)

static u32 namespace_flags(unsigned long pgoff)
{
	u32 flags = fastvdso_steering_flags(pgoff & (FASTVDSO_MAP_STEERED >> PAGE_SHIFT));

	if (pgoff & (FASTVDSO_MAP_HYPERVISOR >> PAGE_SHIFT))
		flags |= FASTVDSO_NS_HYPERVISOR;
	return flags;
}

static vm_fault_t give_page(struct vm_fault *vmf, unsigned long pgoff)
{
	struct page *page;

	if (pgoff == FASTVDSO_PAGE_NS) {
		/* A debugger, or a kernel thread, has not the namespace of the process. */
		if (vmf->vma->vm_mm != current->mm || (current->flags & PF_KTHREAD))
			return VM_FAULT_SIGBUS;
		page = fastvdso_namespace_page(namespace_flags(vmf->pgoff));
		if (!page)
			return VM_FAULT_OOM;
	} else {
		page = fastvdso_page(pgoff);
		if (!page)
			return VM_FAULT_SIGBUS;
		get_page(page);
	}
	vmf->page = page;
	return 0;
}

static vm_fault_t fastvdso_data_fault(struct vm_fault *vmf)
{
	return give_page(vmf, vmf->pgoff & ~WISHES);
}

static vm_fault_t fastvdso_code_fault(struct vm_fault *vmf)
{
	return give_page(vmf, vmf->pgoff + FASTVDSO_DATA_PAGES);
}

/* A mapping of data came (by fork), or went. */
static void fastvdso_vma_open(struct vm_area_struct *vma)
{
	fastvdso_steering_get();
}

static void fastvdso_vma_close(struct vm_area_struct *vma)
{
	fastvdso_steering_put();
}

/* The code finds its data by distance: neither moves, neither is cut. */
int fastvdso_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

int fastvdso_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct data_vm_ops = {
	.open		= fastvdso_vma_open,
	.close		= fastvdso_vma_close,
	.fault		= fastvdso_data_fault,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

/* What has a name is in every core dump, as the kernel's own vDSO: debuggers read it there. */
static const char *fastvdso_code_name(struct vm_area_struct *vma)
{
	return "[fastvdso]";
}

static const struct vm_operations_struct code_vm_ops = {
	.fault		= fastvdso_code_fault,
	.name		= fastvdso_code_name,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

/*
 * What holds for every mapping. Without VM_MAYWRITE neither mprotect(), nor ptrace, nor
 * /proc/PID/mem can write, and no private copy comes into being. VM_DONTEXPAND also
 * keeps the mapping from being merged or grown.
 */
int fastvdso_protect(struct vm_area_struct *vma, bool is_data)
{
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	/* With that personality every readable mapping asks for it, unasked. */
	if (is_data && (vma->vm_flags & VM_EXEC) && !(current->personality & READ_IMPLIES_EXEC))
		return -EACCES;

	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_DONTEXPAND);
	if (is_data) {
		vm_flags_clear(vma, VM_EXEC | VM_MAYEXEC);
		vm_flags_set(vma, VM_DONTDUMP);
	}
	return 0;
}

int fastvdso_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff & ~WISHES, pages = vma_pages(vma);
	unsigned long end = FASTVDSO_DATA_PAGES + fastvdso_code_pages();
	bool is_data = first < FASTVDSO_DATA_PAGES;
	int ret;

	if (vma->vm_pgoff == FASTVDSO_OFFSET_HYPERVISOR >> PAGE_SHIFT)
		return fastvdso_hypervisor_mmap(vma);
	if (first >= end || pages > end - first)
		return -EINVAL;
	if (is_data && pages > FASTVDSO_DATA_PAGES - first)
		return -EINVAL;
	if (!is_data && first != vma->vm_pgoff)
		return -EINVAL;
	ret = fastvdso_protect(vma, is_data);
	if (ret)
		return ret;

	if (!is_data) {
		/*
		 * The image appears from offset 0, as read() gives it, and as that of any ELF
		 * file does: profilers and debuggers go by the offset.
		 */
		vma->vm_pgoff -= FASTVDSO_DATA_PAGES;
		vma->vm_ops = &code_vm_ops;
		return 0;
	}
	vma->vm_ops = &data_vm_ops;
	fastvdso_steering_get();
	return 0;
}
