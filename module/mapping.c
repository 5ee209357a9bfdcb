// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of the pages: read-only, code executable, data never, and no way to change that later.
 *
 * .fault maps page by page, and fork does not copy page tables of such mappings. So a child
 * faults for itself, in its own time namespace.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/sched.h>

#include "compat.h"
#include "internal.h"

/* What a mapping of the data requests by its offset, in pages. */
#define MAP_FLAGS	(FASTVDSO_MAP_REQUESTS >> PAGE_SHIFT)

/* Which page of the data is at an offset of the device, in pages. Below the data this is a huge number. */
static unsigned long data_index(unsigned long pgoff)
{
	return (pgoff & ~MAP_FLAGS) - (FASTVDSO_OFFSET_DATA >> PAGE_SHIFT);
}

/* The requests that are granted, as the flags of the namespace page. */
static u32 namespace_flags(unsigned long pgoff)
{
	u32 flags = fastvdso_steering_flags(pgoff & (FASTVDSO_MAP_STEERED >> PAGE_SHIFT));

	if (pgoff & (FASTVDSO_MAP_HYPERVISOR >> PAGE_SHIFT))
		flags |= FASTVDSO_NS_HYPERVISOR;
	if (pgoff & (FASTVDSO_MAP_STOCK >> PAGE_SHIFT))
		flags |= FASTVDSO_NS_STOCK;
	return flags;
}

/* Pages of one process are made by its own threads only. Others have another time namespace and CPU time. */
static bool is_own_fault(const struct vm_fault *vmf)
{
	return vmf->vma->vm_mm == current->mm && !(current->flags & PF_KTHREAD);
}

static vm_fault_t namespace_fault(struct vm_fault *vmf)
{
	struct page *page;

	if (!is_own_fault(vmf))
		return VM_FAULT_SIGBUS;
	page = fastvdso_namespace_page(vmf->vma, namespace_flags(vmf->pgoff));
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	vmf->page = page;
	return 0;
}

/* Never fails: a process that can have no such pages gets one that tells it to make system calls. */
static vm_fault_t cpu_time_fault(struct vm_fault *vmf, unsigned long index)
{
	if (!is_own_fault(vmf))
		return VM_FAULT_SIGBUS;
	vmf->page = fastvdso_cpu_time_page(vmf->vma, index);
	return 0;
}

static vm_fault_t shared_page_fault(struct vm_fault *vmf, struct page *page)
{
	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static vm_fault_t data_fault(struct vm_fault *vmf)
{
	unsigned long index = data_index(vmf->pgoff);

	if (index == FASTVDSO_PAGE_NS)
		return namespace_fault(vmf);
	if (index >= FASTVDSO_PAGE_CPU_TIME)
		return cpu_time_fault(vmf, index - FASTVDSO_PAGE_CPU_TIME);
	return shared_page_fault(vmf, fastvdso_data_page(index));
}

static const struct fastvdso_image *mapped_image(const struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

static vm_fault_t code_fault(struct vm_fault *vmf)
{
	return shared_page_fault(vmf, fastvdso_code_page(mapped_image(vmf->vma), vmf->pgoff));
}

static void data_close(struct vm_area_struct *vma)
{
	fastvdso_cpu_time_close(vma);
	fastvdso_namespace_close(vma);
}

/* Fork copied a mapping of the data. */
static void steering_data_open(struct vm_area_struct *vma)
{
	fastvdso_namespace_open(vma);
	fastvdso_steering_get();
}

static void steering_data_close(struct vm_area_struct *vma)
{
	data_close(vma);
	fastvdso_steering_put();
}

/* The code addresses its data PC-relative, so neither may be moved or split. */
int fastvdso_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

int fastvdso_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

/* While such mappings exist, clocks are steered. */
static const struct vm_operations_struct steering_data_vm_ops = {
	.open		= steering_data_open,
	.close		= steering_data_close,
	.fault		= data_fault,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

/* By processes that may not cause that: see the parameter steered_by=. */
static const struct vm_operations_struct data_vm_ops = {
	.open		= fastvdso_namespace_open,
	.close		= data_close,
	.fault		= data_fault,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

/* Mappings with a name are in every core dump, like the kernel's vDSO: debuggers read them there. */
static const char *code_name(struct vm_area_struct *vma)
{
	return "[fastvdso]";
}

static const struct vm_operations_struct code_vm_ops = {
	.fault		= code_fault,
	.name		= code_name,
	.may_split	= fastvdso_may_split,
	.mremap		= fastvdso_mremap,
};

/*
 * Restrict a mapping for good. Without VM_MAYWRITE neither mprotect() nor ptrace nor
 * /proc/PID/mem can write, and no private copy is made. VM_DONTEXPAND also keeps the mapping from
 * being merged or grown.
 */
int fastvdso_protect(struct vm_area_struct *vma, enum fastvdso_contents contents)
{
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	/*
	 * READ_IMPLIES_EXEC adds VM_EXEC to every readable mapping: do not refuse those. A mapping that can
	 * only be executed has a protection key that would stay with it.
	 */
	if (contents == FASTVDSO_DATA && (vma->vm_flags & VM_EXEC) &&
	    !((vma->vm_flags & VM_READ) && (current->personality & READ_IMPLIES_EXEC)))
		return -EACCES;

	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_DONTEXPAND);
	if (contents == FASTVDSO_DATA) {
		vm_flags_clear(vma, VM_EXEC | VM_MAYEXEC);
		vm_flags_set(vma, VM_DONTDUMP);
	}
	return 0;
}

static int map_code(struct vm_area_struct *vma)
{
	int ret = fastvdso_protect(vma, FASTVDSO_CODE);

	if (ret)
		return ret;
	vma->vm_ops = &code_vm_ops;
	return 0;
}

static int map_data(struct vm_area_struct *vma)
{
	int ret = fastvdso_protect(vma, FASTVDSO_DATA);

	if (ret)
		return ret;
	if (!fastvdso_steering_is_permitted()) {
		vma->vm_ops = &data_vm_ops;
		return 0;
	}
	vma->vm_ops = &steering_data_vm_ops;
	fastvdso_steering_get();
	return 0;
}

int fastvdso_mmap(struct vm_area_struct *vma)
{
	unsigned long pages = vma_pages(vma), first = vma->vm_pgoff;
	unsigned long code_pages = fastvdso_code_pages(mapped_image(vma));

	if (first < code_pages)
		return pages <= code_pages - first ? map_code(vma) : -EINVAL;
	first = data_index(first);
	if (first < FASTVDSO_DATA_PAGES)
		return pages <= FASTVDSO_DATA_PAGES - first ? map_data(vma) : -EINVAL;
	return -EINVAL;
}
