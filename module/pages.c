// SPDX-License-Identifier: GPL-2.0
/*
 * The page at each offset of the device. Data pages that the module writes are allocated one by
 * one, since .fault maps them one by one. The images are part of the module's own read-only data.
 */
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "image.h"
#include "image32.h"
#include "internal.h"
#include "variant.h"

/* Those that all processes share. The namespace page and the CPU-time pages depend on the process. */
static struct page *data[FASTVDSO_PAGE_CPU_TIME];

static u32 variant __ro_after_init;

static const struct fastvdso_image native = {
	fastvdso_image_start, fastvdso_image_end, FASTVDSO_IMAGE_BUILD_ID,
};

static const struct fastvdso_image image32 = {
	fastvdso_image32_start, fastvdso_image32_end, FASTVDSO_IMAGE32_BUILD_ID,
};

/* The image for the ABI of the system call that the caller is in. NULL if there is none. */
const struct fastvdso_image *fastvdso_callers_image(void)
{
	const struct fastvdso_image *image = fastvdso_arch_caller_is_32_bit() ? &image32 : &native;

	return fastvdso_image_size(image) ? image : NULL;
}

size_t fastvdso_image_size(const struct fastvdso_image *image)
{
	return image->end - image->start;
}

unsigned long fastvdso_code_pages(const struct fastvdso_image *image)
{
	return DIV_ROUND_UP(fastvdso_image_size(image), PAGE_SIZE);
}

/* What differs from the images as built. */
u32 fastvdso_image_variant(void)
{
	return variant;
}

/* Also called by the probe of cpu_time.c. */
struct fastvdso_time_page *notrace fastvdso_time_page(void)
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

/* NULL past the end, and for pages that depend on the process: see namespace.c and cpu_time.c. */
struct page *fastvdso_data_page(unsigned long index)
{
	return index < ARRAY_SIZE(data) ? data[index] : NULL;
}

/* NULL past the end. */
struct page *fastvdso_code_page(const struct fastvdso_image *image, unsigned long index)
{
	if (index >= fastvdso_code_pages(image))
		return NULL;
	return vmalloc_to_page(image->start + index * PAGE_SIZE);
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

/* @step: flags of variant.h. The image for 32-bit programs has no functions to hide. */
void __init fastvdso_change_image(u32 step)
{
	fastvdso_make_variant(fastvdso_image_start, step);
	if (fastvdso_image_size(&image32))
		fastvdso_patch_variant(fastvdso_image32_start, FASTVDSO_IMAGE32_PATCH_START,
				       FASTVDSO_IMAGE32_PATCH_END, step);
	variant |= step;
}

int __init fastvdso_pages_init(void)
{
	int i;

	BUILD_BUG_ON_MSG(PAGE_SIZE != 4096, "the image is built for pages of 4 KiB");
	BUILD_BUG_ON(sizeof(struct fastvdso_ns_page) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct fastvdso_time_page) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct fastvdso_cpu_page) > PAGE_SIZE);

	for (i = FASTVDSO_PAGE_NS + 1; i < ARRAY_SIZE(data); i++) {
		data[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!data[i])
			goto err_free;
	}
	fill_time_page(fastvdso_time_page());
	fill_time_page(fastvdso_steered_page());
	fastvdso_change_image(fastvdso_arch_missing_functions());
	return 0;

err_free:
	fastvdso_pages_exit();
	return -ENOMEM;
}

void fastvdso_pages_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		if (data[i])
			__free_page(data[i]);
}
