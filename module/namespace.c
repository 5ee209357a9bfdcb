// SPDX-License-Identifier: GPL-2.0
/*
 * The namespace page. Everyone in the root time namespace, and everyone whose
 * namespace has no offsets, shares one for each set of flags; any other mapping gets a page of its
 * own when it is first touched, charged to whoever touches it, and freed with
 * the mapping: the page table holds its only reference. So there is no cache to
 * fill, and nothing that a process could make the module keep.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>

#include "internal.h"

/* By flags: FASTVDSO_NS_STEERED, FASTVDSO_NS_HYPERVISOR. */
static struct page *root[4];

static void fill(struct page *page, u32 flags)
{
	struct fastvdso_ns_page *ns = page_address(page);

	ns->magic = FASTVDSO_NS_MAGIC;
	ns->version = FASTVDSO_ABI_VERSION;
	ns->flags = flags;
}

const struct fastvdso_ns_page *fastvdso_root_namespace(void)
{
	return page_address(root[0]);
}

static struct page *root_namespace_page(u32 flags)
{
	get_page(root[flags]);
	return root[flags];
}

#ifdef CONFIG_TIME_NS
/* The offsets cannot change any more once a task is inside the namespace. */
struct page *fastvdso_namespace_page(u32 flags)
{
	const struct timens_offsets *offsets;
	struct fastvdso_ns_page *ns;
	struct page *page;

	if (!current->nsproxy)
		return NULL;
	offsets = &current->nsproxy->time_ns->offsets;
	if (!offsets->monotonic.tv_sec && !offsets->monotonic.tv_nsec &&
	    !offsets->boottime.tv_sec && !offsets->boottime.tv_nsec)
		return root_namespace_page(flags);

	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return NULL;
	fill(page, flags);
	ns = page_address(page);
	ns->mono_sec = offsets->monotonic.tv_sec;
	ns->mono_nsec = offsets->monotonic.tv_nsec;
	ns->boot_sec = offsets->boottime.tv_sec;
	ns->boot_nsec = offsets->boottime.tv_nsec;
	return page;
}
#else
struct page *fastvdso_namespace_page(u32 flags)
{
	return root_namespace_page(flags);
}
#endif

int __init fastvdso_namespace_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(root); i++) {
		root[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!root[i]) {
			fastvdso_namespace_exit();
			return -ENOMEM;
		}
		fill(root[i], i);
	}
	return 0;
}

void fastvdso_namespace_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(root) && root[i]; i++)
		__free_page(root[i]);
}
