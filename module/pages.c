// SPDX-License-Identifier: GPL-2.0
/*
 * The page store: what stands at each offset of the device. Pages are single
 * ones, as mapping them one by one wants; those of the code are neighbours, so
 * that the image can be patched and read as one piece.
 */
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "internal.h"

static struct page *data[FASTVDSO_DATA_PAGES];
static void *code;

size_t fastvdso_image_size(void)
{
	return fastvdso_image_end - fastvdso_image_start;
}

unsigned long fastvdso_code_pages(void)
{
	return DIV_ROUND_UP(fastvdso_image_size(), PAGE_SIZE);
}

/* The image as it runs: with the instructions for this CPU. */
const void *fastvdso_image(void)
{
	return code;
}

struct fastvdso_time_page *fastvdso_time_page(void)
{
	return page_address(data[FASTVDSO_PAGE_TIME]);
}

struct fastvdso_time_page *fastvdso_steered_page(void)
{
	return page_address(data[FASTVDSO_PAGE_STEERED]);
}

struct fastvdso_cpu_page *fastvdso_cpu_page(void)
{
	return page_address(data[FASTVDSO_PAGE_CPU]);
}

/*
 * The page at an offset of the device, in pages; NULL past the end. That of the
 * namespace depends on who asks: see namespace.c.
 */
struct page *fastvdso_page(unsigned long pgoff)
{
	if (pgoff < FASTVDSO_DATA_PAGES)
		return data[pgoff];
	pgoff -= FASTVDSO_DATA_PAGES;
	if (pgoff < fastvdso_code_pages())
		return virt_to_page(code + pgoff * PAGE_SIZE);
	return NULL;
}

static void __init fill_time_page(struct fastvdso_time_page *page)
{
	page->magic = FASTVDSO_TIME_MAGIC;
	page->version = FASTVDSO_ABI_VERSION;
	page->compat_version = FASTVDSO_ABI_COMPAT;
	page->size = sizeof(*page);
	page->hrtimer_res = hrtimer_resolution;
	page->coarse_res = TICK_NSEC;
	page->counter_flags = fastvdso_arch_counter_flags();
}

int __init fastvdso_pages_init(void)
{
	int i;

	BUILD_BUG_ON(sizeof(struct fastvdso_ns_page) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct fastvdso_time_page) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct fastvdso_cpu_page) > PAGE_SIZE);

	for (i = FASTVDSO_PAGE_NS + 1; i < FASTVDSO_DATA_PAGES; i++) {
		data[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!data[i])
			goto err_free;
	}
	code = alloc_pages_exact(fastvdso_code_pages() * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!code)
		goto err_free;

	memcpy(code, fastvdso_image_start, fastvdso_image_size());
	fastvdso_arch_patch(code);

	fill_time_page(fastvdso_time_page());
	fill_time_page(fastvdso_steered_page());
	return 0;

err_free:
	fastvdso_pages_exit();
	return -ENOMEM;
}

void fastvdso_pages_exit(void)
{
	int i;

	if (code)
		free_pages_exact(code, fastvdso_code_pages() * PAGE_SIZE);
	for (i = 0; i < FASTVDSO_DATA_PAGES; i++)
		if (data[i])
			__free_page(data[i]);
}
