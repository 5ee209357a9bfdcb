// SPDX-License-Identifier: GPL-2.0
/*
 * The namespace page of a mapping: the offsets of its time namespace, and what the mapping
 * requested. Processes without time namespace offsets share one constant page per set of flags.
 * Everybody else gets a page per mapping, allocated on the first touch and charged to the
 * memory cgroup of the process that touches it. The mapping owns the page, so nothing outlives it.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/time_namespace.h>

#include "compat.h"
#include "internal.h"

/*
 * The pages without offsets, by flags. Written during init only, so the kernel's own mapping of
 * them is read-only afterwards.
 */
static union {
	struct fastvdso_ns_page ns;
	u8 page[PAGE_SIZE];
} root[8] __ro_after_init __aligned(PAGE_SIZE);

/* Protects vm_private_data of data mappings: threads fault at the same time. */
static DEFINE_SPINLOCK(owner_lock);

static void fill(struct fastvdso_ns_page *ns, u32 flags)
{
	ns->magic = FASTVDSO_NS_MAGIC;
	ns->version = FASTVDSO_ABI_VERSION;
	ns->flags = flags;
}

const struct fastvdso_ns_page *fastvdso_root_namespace(void)
{
	return &root[0].ns;
}

static struct page *root_namespace_page(u32 flags)
{
	struct page *page = vmalloc_to_page(&root[flags]);

	get_page(page);
	return page;
}

#ifdef CONFIG_TIME_NS
static bool has_offsets(const struct fastvdso_ns_page *ns, const struct timens_offsets *offsets)
{
	return ns->mono_sec == offsets->monotonic.tv_sec &&
	       ns->mono_nsec == offsets->monotonic.tv_nsec &&
	       ns->boot_sec == offsets->boottime.tv_sec &&
	       ns->boot_nsec == offsets->boottime.tv_nsec;
}

/* The page that the mapping owns, with a reference for the caller, if its offsets still apply. */
static struct page *owned_page(struct vm_area_struct *vma, const struct timens_offsets *offsets)
{
	struct page *page;

	spin_lock(&owner_lock);
	page = vma->vm_private_data;
	if (page && has_offsets(page_address(page), offsets))
		get_page(page);
	else
		page = NULL;
	spin_unlock(&owner_lock);
	return page;
}

/* Make the mapping the owner of @page, with a reference for the caller. */
static void own_page(struct vm_area_struct *vma, struct page *page)
{
	struct page *old;

	get_page(page);
	spin_lock(&owner_lock);
	old = vma->vm_private_data;
	vma->vm_private_data = page;
	spin_unlock(&owner_lock);
	if (old)
		put_page(old);
}

/*
 * The namespace page of current for a data mapping, with a reference for the caller. The offsets
 * of a namespace are frozen before a task can be inside; a process changes its own by setns().
 */
struct page *fastvdso_namespace_page(struct vm_area_struct *vma, u32 flags)
{
	const struct timens_offsets *offsets;
	struct fastvdso_ns_page *ns;
	struct page *page;

	if (!current->nsproxy)
		return ERR_PTR(-ESRCH);
	offsets = &current->nsproxy->time_ns->offsets;
	if (has_offsets(&root[0].ns, offsets))
		return root_namespace_page(flags);

	page = owned_page(vma, offsets);
	if (page)
		return page;
	page = fastvdso_alloc_charged_page(0);
	if (!page)
		return ERR_PTR(-ENOMEM);
	ns = page_address(page);
	fill(ns, flags);
	ns->mono_sec = offsets->monotonic.tv_sec;
	ns->mono_nsec = offsets->monotonic.tv_nsec;
	ns->boot_sec = offsets->boottime.tv_sec;
	ns->boot_nsec = offsets->boottime.tv_nsec;
	own_page(vma, page);
	return page;
}
#else
struct page *fastvdso_namespace_page(struct vm_area_struct *vma, u32 flags)
{
	return root_namespace_page(flags);
}
#endif

/* Fork copied the mapping: the child faults for a page of its own. */
void fastvdso_namespace_open(struct vm_area_struct *vma)
{
	vma->vm_private_data = NULL;
}

void fastvdso_namespace_close(struct vm_area_struct *vma)
{
	struct page *page = vma->vm_private_data;

	if (page)
		put_page(page);
}

void __init fastvdso_namespace_init(void)
{
	u32 flags;

	BUILD_BUG_ON(sizeof(root[0]) != PAGE_SIZE);
	for (flags = 0; flags < ARRAY_SIZE(root); flags++)
		fill(&root[flags].ns, flags);
}
