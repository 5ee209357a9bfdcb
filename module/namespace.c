// SPDX-License-Identifier: GPL-2.0
/*
 * The namespace page. Everyone in the root time namespace, and everyone whose
 * namespace has no offsets, shares one; any other mapping gets a page of its
 * own when it is first touched, charged to whoever touches it, and freed with
 * the mapping: the page table holds its only reference. So there is no cache to
 * fill, and nothing that a process could make the module keep.
 */
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>

#include "internal.h"

void fastvdso_namespace_fill(struct fastvdso_ns_page *ns, s64 mono_sec, u32 mono_nsec,
			     s64 boot_sec, u32 boot_nsec)
{
	ns->magic = FASTVDSO_NS_MAGIC;
	ns->version = FASTVDSO_ABI_VERSION;
	ns->mono_sec = mono_sec;
	ns->mono_nsec = mono_nsec;
	ns->boot_sec = boot_sec;
	ns->boot_nsec = boot_nsec;
}

static struct page *root_namespace_page(void)
{
	struct page *page = fastvdso_page(FASTVDSO_PAGE_NS);

	get_page(page);
	return page;
}

#ifdef CONFIG_TIME_NS
/* The offsets cannot change any more once a task is inside the namespace. */
struct page *fastvdso_namespace_page(void)
{
	const struct timens_offsets *offsets;
	struct page *page;

	if (!current->nsproxy)
		return NULL;
	offsets = &current->nsproxy->time_ns->offsets;
	if (!offsets->monotonic.tv_sec && !offsets->monotonic.tv_nsec &&
	    !offsets->boottime.tv_sec && !offsets->boottime.tv_nsec)
		return root_namespace_page();

	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (page)
		fastvdso_namespace_fill(page_address(page),
					offsets->monotonic.tv_sec, offsets->monotonic.tv_nsec,
					offsets->boottime.tv_sec, offsets->boottime.tv_nsec);
	return page;
}
#else
struct page *fastvdso_namespace_page(void)
{
	return root_namespace_page();
}
#endif
