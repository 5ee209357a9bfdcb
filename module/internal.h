/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interfaces between the module's source files, from bottom to top: a file calls only itself and
 * those listed before it. The arithmetic of steering has headers of its own, steer.h and cpu_offset.h.
 */
#ifndef FASTVDSO_INTERNAL_H
#define FASTVDSO_INTERNAL_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/fastvdso.h>

struct clocksource;
struct fastvdso_raw;
struct fastvdso_update;
struct page;
struct steer_pair;
struct vm_area_struct;

/* arch/ARCH/arch.c: the image's instructions for this CPU, and the counter */
#define FASTVDSO_CPU_WITH_COUNTER	BIT(0)	/* one instruction reads the CPU number and the counter */
u32 fastvdso_arch_cpu_sources(void);
u32 fastvdso_arch_right_cpu_sources(void);
u32 fastvdso_arch_patch(u32 right);
u32 fastvdso_arch_missing_functions(void);
bool fastvdso_arch_caller_is_32_bit(void);
u64 fastvdso_arch_read_counter(void);
unsigned long fastvdso_arch_counter_khz(void);
u32 fastvdso_arch_counter_flags(void);
bool fastvdso_arch_can_steer(void);
bool fastvdso_arch_counter_is_steady(void);
u64 fastvdso_arch_read_counter_cpu(u32 *cpu);
int fastvdso_arch_sched_clock_factor(unsigned int way, u32 *mult, u32 *shift);
bool fastvdso_arch_is_guest(void);
extern const char *const fastvdso_arch_vector_tracepoints[];

/* arch/ARCH/hypervisor_page.c: clocksources that the image can read, and the hypervisor's page */
enum fastvdso_clock_mode fastvdso_arch_clock_mode(const struct clocksource *clocksource);
unsigned long fastvdso_arch_hypervisor_pfn(pgprot_t *prot);

/* image.S: the image, and the image for 32-bit programs, writable during init only */
extern u8 fastvdso_image_start[], fastvdso_image_end[];
extern u8 fastvdso_image32_start[], fastvdso_image32_end[];

/* pages.c: the pages that all processes share, and the images */
struct fastvdso_image {
	const u8 *start, *end;	/* as it runs, patched for this CPU */
	size_t build_id;	/* offset in the image */
};

int fastvdso_pages_init(void);
void fastvdso_pages_exit(void);
struct page *fastvdso_data_page(unsigned long index);
struct page *fastvdso_code_page(const struct fastvdso_image *image, unsigned long index);
unsigned long fastvdso_code_pages(const struct fastvdso_image *image);
struct fastvdso_time_page *fastvdso_time_page(void);
struct fastvdso_time_page *fastvdso_steered_page(void);
struct fastvdso_cpu_page *fastvdso_cpu_page(void);
const struct fastvdso_image *fastvdso_callers_image(void);
size_t fastvdso_image_size(const struct fastvdso_image *image);
u32 fastvdso_image_variant(void);
void fastvdso_change_image(u32 step);

/* namespace.c: the namespace page of a mapping */
void fastvdso_namespace_init(void);
struct page *fastvdso_namespace_page(struct vm_area_struct *vma, u32 flags);
void fastvdso_namespace_open(struct vm_area_struct *vma);
void fastvdso_namespace_close(struct vm_area_struct *vma);
const struct fastvdso_ns_page *fastvdso_root_namespace(void);

/* cpu_number.c: whether user space can read the number of its CPU, and how */
int fastvdso_cpu_number_init(void);
void fastvdso_cpu_number_exit(void);
bool fastvdso_cpu_number_is_with_counter(void);
bool fastvdso_cpu_number_recheck(void);

/* task_clock.c: the clock of the CPU-time pages: how the counter becomes the scheduler's clock */
void fastvdso_task_clock_set_state(enum fastvdso_cpu_time state);
bool fastvdso_task_clock_start(void);
void fastvdso_task_clock_doubt(void);
void fastvdso_task_clock_stop(void);
bool fastvdso_task_clock_check(void);

/* cpu_time.c: the CPU-time pages of each process */
void fastvdso_cpu_time_init(void);
void fastvdso_cpu_time_exit(void);
struct page *fastvdso_cpu_time_page(struct vm_area_struct *vma, unsigned long index);
void fastvdso_cpu_time_close(struct vm_area_struct *vma);

/* sample.c: reads of this CPU's counter, alone and together with the kernel's clock */
u64 fastvdso_sample_counter(void);
bool fastvdso_sample_own_pair(struct steer_pair *pair, u64 *offset);
bool fastvdso_sample_pair(struct steer_pair *pair);
bool fastvdso_sample_own_pair_in_update(struct clocksource *clocksource, const struct fastvdso_raw *raw,
					struct steer_pair *pair);
u64 fastvdso_ns_to_cycles(u64 ns);

/* counters.c: the offsets between the CPUs' counters; the writer of the CPU page */
struct fastvdso_measurement;
enum fastvdso_offset_change {
	FASTVDSO_OFFSET_KEEP,
	FASTVDSO_OFFSET_CHANGE,
	FASTVDSO_OFFSET_NEW_SCALE,	/* change, and no other CPU is measured */
	FASTVDSO_OFFSET_CONTRADICTION,
};

u32 fastvdso_counters_generation(void);
bool fastvdso_counters_is_measured(unsigned int cpu);
u64 fastvdso_counters_slack(void);
u64 fastvdso_counters_uncertainty(unsigned int cpu);
void fastvdso_counters_measure(struct fastvdso_measurement *measurement);
enum fastvdso_offset_change fastvdso_counters_apply(const struct fastvdso_measurement *measurement);
s64 fastvdso_counters_set_offset(void);
void fastvdso_counters_forget(unsigned int cpu);
void fastvdso_counters_doubt(unsigned int cpu);
void fastvdso_counters_forget_others(void);
void fastvdso_counters_forget_all(void);
void fastvdso_counters_exit(void);

/* steering.c: the writer of the steered page */
void fastvdso_steering_set_state(enum fastvdso_steering state);
bool fastvdso_steering_needed(void);
bool fastvdso_steering_is_possible(void);
bool fastvdso_steering_sees_updates(void);
void fastvdso_steering_check_host(void);
void fastvdso_steering_settle_state(void);
bool fastvdso_steering_update(const struct fastvdso_update *update, struct clocksource *source,
			      bool clocksource_changed);
void fastvdso_steering_report(void);
bool fastvdso_steering_is_held_off(void);
void fastvdso_steering_take_pair(void);
unsigned int fastvdso_steering_pause_ms(void);
void fastvdso_steering_start(void);
void fastvdso_steering_stop(void);
void fastvdso_steering_lose_cpu_number(void);
void fastvdso_steering_reset(void);
void fastvdso_steering_measure(void);
void fastvdso_steering_forget(unsigned int cpu);

/* steering_control.c: when steering runs: parameter, mappings, timers, CPU hotplug, suspend */
int fastvdso_steering_control_init(void);
void fastvdso_steering_control_exit(void);
u32 fastvdso_steering_flags(bool requested);
bool fastvdso_steering_is_permitted(void);
void fastvdso_steering_get(void);
void fastvdso_steering_put(void);
void fastvdso_steering_recheck(void);

/* random.c: the generation of random numbers on the time page */
int fastvdso_random_init(void);
void fastvdso_random_exit(void);
void fastvdso_random_update(u64 raw_sec, bool was_set);

/* timekeeping.c: the writer of the time page */
int fastvdso_timekeeping_init(void);
void fastvdso_timekeeping_exit(void);
void fastvdso_timekeeping_withdraw(void);

/* selftest.c: compares reads of the time page with the kernel's own clocks */
int fastvdso_selftest_init(void);
void fastvdso_selftest_exit(void);

/* mapping.c: mappings of the pages, and what all mappings of the device have in common */
enum fastvdso_contents { FASTVDSO_DATA, FASTVDSO_CODE };
int fastvdso_mmap(struct vm_area_struct *vma);
int fastvdso_protect(struct vm_area_struct *vma, enum fastvdso_contents contents);
int fastvdso_may_split(struct vm_area_struct *vma, unsigned long addr);
int fastvdso_mremap(struct vm_area_struct *vma);

/* hypervisor.c: the mapping of the hypervisor's clock page */
int fastvdso_hypervisor_mmap(struct vm_area_struct *vma);

/* device.c: /dev/fastvdso */
int fastvdso_device_init(void);
void fastvdso_device_exit(void);

#endif
