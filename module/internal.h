/* SPDX-License-Identifier: GPL-2.0 */
/* What the module's files offer one another. Each init has its exit. */
#ifndef FASTVDSO_INTERNAL_H
#define FASTVDSO_INTERNAL_H

#include <linux/types.h>
#include <linux/fastvdso.h>

struct clocksource;
struct file;
struct page;
struct vm_area_struct;

/* pages.c: the pages, and the image within them */
int fastvdso_pages_init(void);
void fastvdso_pages_exit(void);
struct page *fastvdso_page(unsigned long pgoff);
unsigned long fastvdso_code_pages(void);
struct fastvdso_time_page *fastvdso_time_page(void);
const void *fastvdso_image(void);
size_t fastvdso_image_size(void);

/* image.S: the image as built */
extern const u8 fastvdso_image_start[];
extern const u8 fastvdso_image_end[];

/* namespace.c: the namespace page of current, with a reference for the caller */
struct page *fastvdso_namespace_page(void);
void fastvdso_namespace_fill(struct fastvdso_ns_page *ns, s64 mono_sec, u32 mono_nsec,
			     s64 boot_sec, u32 boot_nsec);

/* timekeeping.c: the one writer of the time page */
int fastvdso_timekeeping_init(void);
void fastvdso_timekeeping_exit(void);

/* selftest.c: the page, read in the kernel, against the kernel's own clocks */
int fastvdso_selftest(void);

/* mapping.c */
int fastvdso_mmap(struct file *file, struct vm_area_struct *vma);

/* device.c: /dev/fastvdso */
int fastvdso_device_init(void);
void fastvdso_device_exit(void);

/* arch/ARCH/arch.c: the best instructions for this CPU, and what user space can read */
void fastvdso_arch_patch(void *image);
enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource);

#endif
