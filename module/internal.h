/* SPDX-License-Identifier: GPL-2.0 */
/* What the module's files offer one another. Each init has its exit. */
#ifndef FASTVDSO_INTERNAL_H
#define FASTVDSO_INTERNAL_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/fastvdso.h>

struct clocksource;
struct fastvdso_update;
struct file;
struct page;
struct steer_pair;
struct vm_area_struct;

/* pages.c: the pages, and the image within them */
int fastvdso_pages_init(void);
void fastvdso_pages_exit(void);
struct page *fastvdso_page(unsigned long pgoff);
unsigned long fastvdso_code_pages(void);
struct fastvdso_time_page *fastvdso_time_page(void);
struct fastvdso_time_page *fastvdso_steered_page(void);
struct fastvdso_cpu_page *fastvdso_cpu_page(void);
const void *fastvdso_image(void);
size_t fastvdso_image_size(void);

/* image.S: the image, writable during init only */
extern u8 fastvdso_image_start[];
extern u8 fastvdso_image_end[];

/* namespace.c: the namespace page of a mapping */
void fastvdso_namespace_init(void);
struct page *fastvdso_namespace_page(struct vm_area_struct *vma, u32 flags);
void fastvdso_namespace_open(struct vm_area_struct *vma);
void fastvdso_namespace_close(struct vm_area_struct *vma);
const struct fastvdso_ns_page *fastvdso_root_namespace(void);

/* sample.c: the counter of this CPU, alone and together with the kernel's clock */
u64 fastvdso_sample_counter(void);
u64 fastvdso_ns_to_cycles(u64 ns);
void fastvdso_sample_pair(struct steer_pair *pair);

/* counters.c: the counters of the CPUs, brought to one scale */
void fastvdso_counters_online(unsigned int cpu);
void fastvdso_counters_offline(unsigned int cpu);
bool fastvdso_counters_refine(unsigned int *cpu);
void fastvdso_counters_set_offset(unsigned int cpu);
u64 fastvdso_counters_slack(void);

/* steering.c: the writer of the steered page */
void fastvdso_steering_set_state(enum fastvdso_steering state);
bool fastvdso_steering_needed(void);
bool fastvdso_steering_is_running(void);
bool fastvdso_steering_update(const struct fastvdso_update *update, bool clocksource_changed);
bool fastvdso_steering_take_pair(void);
void fastvdso_steering_start(void);
void fastvdso_steering_stop(void);
void fastvdso_steering_lose(void);
void fastvdso_steering_reset(void);

/* steering_control.c: when it is written; who maps it, and what the administrator allows */
int fastvdso_steering_control_init(void);
void fastvdso_steering_control_exit(void);
u32 fastvdso_steering_flags(bool requested);
void fastvdso_steering_get(void);
void fastvdso_steering_put(void);
void fastvdso_steering_recheck(void);

/* timekeeping.c: the one writer of the time page */
int fastvdso_timekeeping_init(void);
void fastvdso_timekeeping_exit(void);

/* selftest.c: the page, read in the kernel, against the kernel's own clocks */
int fastvdso_selftest(void);

/* mapping.c: mappings of the pages, and what all mappings of the device have in common */
int fastvdso_mmap(struct file *file, struct vm_area_struct *vma);
enum fastvdso_contents { FASTVDSO_DATA, FASTVDSO_CODE };
int fastvdso_protect(struct vm_area_struct *vma, enum fastvdso_contents contents);
int fastvdso_may_split(struct vm_area_struct *vma, unsigned long addr);
int fastvdso_mremap(struct vm_area_struct *vma);

/* device.c: /dev/fastvdso */
int fastvdso_device_init(void);
void fastvdso_device_exit(void);

/* arch/ARCH/arch.c: the best instructions for this CPU, and what user space can read */
void fastvdso_arch_patch(void *image);
enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource);
u64 fastvdso_arch_read_counter(void);
bool fastvdso_arch_can_steer(void);
unsigned long fastvdso_arch_counter_khz(void);
u32 fastvdso_arch_counter_flags(void);
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot);

/* hypervisor.c: the clock page of the hypervisor, a mapping of its own */
int fastvdso_hypervisor_mmap(struct vm_area_struct *vma);

#endif
