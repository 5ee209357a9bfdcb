/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All differences between kernel versions. The rest of the module is written for the newest
 * kernel. Kbuild checks the kernel's headers for what it has.
 */
#ifndef FASTVDSO_COMPAT_H
#define FASTVDSO_COMPAT_H

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/clock.h>
#include <linux/sched/isolation.h>
#include <linux/timekeeper_internal.h>
#include <linux/workqueue.h>

#ifdef CONFIG_X86
#include <clocksource/hyperv_timer.h>
#endif

/* 6.3 made vm_flags read-only behind helpers; remove when the minimum is 6.3. */
#ifndef FASTVDSO_HAS_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 5.11 renamed vm_operations_struct.split; remove when the minimum is 5.11. */
#ifndef FASTVDSO_HAS_MAY_SPLIT
#define may_split split
#endif

/* 5.18 renamed the types of housekeeping; remove when the minimum is 5.18. */
#ifndef FASTVDSO_HAS_HK_TYPE
#define HK_TYPE_DOMAIN	HK_FLAG_DOMAIN
#define HK_TYPE_TICK	HK_FLAG_TICK
#endif

/* 6.17 renamed these, and 7.2 complains about the old names; remove when the minimum is 6.17. */
#ifndef FASTVDSO_HAS_SYSTEM_DFL_WQ
#define system_dfl_wq		system_unbound_wq
#define system_percpu_wq	system_wq
#endif

/* 5.19 tells when the virtual machine was copied; remove when the minimum is 5.19. */
#ifndef FASTVDSO_HAS_VMFORK_NOTIFIER
static inline int register_random_vmfork_notifier(struct notifier_block *nb)
{
	return 0;
}

static inline int unregister_random_vmfork_notifier(struct notifier_block *nb)
{
	return 0;
}
#endif

/* 6.2 allowed the page to be one that Linux did not allocate; remove when the minimum is 6.2. */
#if defined(CONFIG_X86) && !defined(FASTVDSO_HAS_HV_GET_TSC_PFN)
static inline unsigned long hv_get_tsc_pfn(void)
{
	void *page = hv_get_tsc_page();

	return page ? virt_to_phys(page) >> PAGE_SHIFT : 0;
}
#endif

/*
 * 5.11 lets a page that is charged to a memory cgroup be mapped; remove when the minimum is 5.11.
 * Until then the charge is a page type, which shares its bits with the page's mapcount: mapping
 * such a page corrupts the page allocator. Of a compound page, only the head has the type, so map
 * the second page. The charge lasts as long as any reference, such as that of a pipe.
 */
static inline struct page *fastvdso_alloc_charged_page(gfp_t flags)
{
#ifdef FASTVDSO_HAS_PAGE_KMEMCG
	struct page *head = alloc_pages(flags | GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_COMP, 1);

	return head ? head + 1 : NULL;
#else
	return alloc_page(flags | GFP_KERNEL_ACCOUNT | __GFP_ZERO);
#endif
}

/* 5.18 added the state of the previous task; remove when the minimum is 5.18. */
#ifdef FASTVDSO_HAS_SWITCH_STATE
#define FASTVDSO_SWITCH_ARGS \
	bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state
#else
#define FASTVDSO_SWITCH_ARGS \
	bool preempt, struct task_struct *prev, struct task_struct *next
#endif

/* 6.8 dropped the virtual run time; remove when the minimum is 6.8. */
#ifdef FASTVDSO_HAS_STAT_VRUNTIME
#define FASTVDSO_STAT_RUNTIME_ARGS	struct task_struct *task, u64 runtime, u64 vruntime
#else
#define FASTVDSO_STAT_RUNTIME_ARGS	struct task_struct *task, u64 runtime
#endif

/* 6.0 renamed the option; remove the old name when the minimum is 6.0. */
#define FASTVDSO_TRACKS_ALL_CPUS \
	(IS_ENABLED(CONFIG_CONTEXT_TRACKING_USER_FORCE) || IS_ENABLED(CONFIG_CONTEXT_TRACKING_FORCE))

/* The counter, CLOCK_REALTIME and CLOCK_MONOTONIC_RAW at the same instant. */
struct fastvdso_instant {
	u64 cycles;
	s64 real, raw;
};

/*
 * 7.2 made the clock an argument, renamed the results, and fails while timekeeping is suspended;
 * remove when the minimum is 7.2.
 */
static inline bool fastvdso_get_instant(struct fastvdso_instant *to)
{
	struct system_time_snapshot from;

#ifdef FASTVDSO_HAS_SNAPSHOT_ID
	ktime_get_snapshot_id(CLOCK_REALTIME, &from);
	if (!from.valid)
		return false;
	to->real = ktime_to_ns(from.systime);
	to->raw = ktime_to_ns(from.monoraw);
#else
	ktime_get_snapshot(&from);
	to->real = ktime_to_ns(from.real);
	to->raw = ktime_to_ns(from.raw);
#endif
	to->cycles = from.cycles;
	return true;
}

/* By isolcpus= or nohz_full=. The kernel's cpu_is_isolated() does not cover the latter in 7.3. */
static inline bool fastvdso_cpu_is_isolated(int cpu)
{
	return !housekeeping_cpu(cpu, HK_TYPE_DOMAIN) || !housekeeping_cpu(cpu, HK_TYPE_TICK);
}

/*
 * The scheduler's clock on this CPU. Where it is always the counter's, modules cannot read it; the CPU-time
 * pages are for x86.
 */
static __always_inline u64 fastvdso_sched_clock(void)
{
#ifdef CONFIG_HAVE_UNSTABLE_SCHED_CLOCK
	return sched_clock_cpu(smp_processor_id());
#else
	return 0;
#endif
}

/* 6.15 added separate nanoseconds for the coarse clocks; remove when the minimum is 6.15. */
static inline u32 fastvdso_coarse_nsec(const struct timekeeper *tk)
{
#ifdef FASTVDSO_HAS_COARSE_NSEC
	return tk->coarse_nsec;
#else
	return tk->tkr_mono.xtime_nsec >> tk->tkr_mono.shift;
#endif
}

#endif
