/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The addresses of the pages, for all files of the image. */
#ifndef FASTVDSO_PAGES_H
#define FASTVDSO_PAGES_H

#include <linux/fastvdso.h>

#include "cpu_time.h"
#include "reader.h"
#include "syscall.h"

/* Aligned, so that short functions fit into one cache line. */
#define ENTRY		__attribute__((visibility("default"), aligned(64)))
#define ALIAS(of)	__attribute__((visibility("default"), alias(#of)))
#define WEAK_ALIAS(of)	__attribute__((visibility("default"), weak, alias(#of)))
#define NOINLINE	__attribute__((__noinline__))
#define COLD		__attribute__((__noinline__, __cold__))

/*
 * Sections of one page each where the code fits (vdso.lds.S), so that a jump between the first levels of a call needs no
 * other translation of an address. Emulators also execute jumps within a page faster. Hyper-V's clock
 * is apart, because it does not fit.
 */
#define GETTIME		__attribute__((__section__(".text.gettime")))
#define NOW_NS		__attribute__((__section__(".text.now_ns")))
#define HVCLOCK		__attribute__((__section__(".text.hvclock")))

/*
 * Defined by the linker script, around the image. -fvisibility does not apply to declarations,
 * so without the pragma these would be loaded through a global offset table.
 */
#pragma GCC visibility push(hidden)
extern const struct fastvdso_ns_page fastvdso_ns_page;
extern const struct fastvdso_time_page fastvdso_time_page, fastvdso_steered_page;
extern const struct fastvdso_cpu_page fastvdso_cpu_page;
extern const struct fastvdso_cpu_time_pages fastvdso_cpu_time_pages;
/* These two are mapped if the namespace page says so. */
extern const char fastvdso_hypervisor_page[];
extern const struct fastvdso_stock_page fastvdso_stock_page;
#pragma GCC visibility pop

/* The layouts of the 64-bit system calls. */
struct timespec64 {
	__s64	sec;
	__s64	nsec;
};

fastvdso_inline __s64 fastvdso_now_ns_syscall(__s32 id)
{
	struct timespec64 ts = { 0, 0 };
	long ret = fastvdso_arch_syscall2(FASTVDSO_NR_clock_gettime, id, &ts);

	return ret ? ret : ts.sec * (__s64)FASTVDSO_NSEC_PER_SEC + ts.nsec;
}

static const struct fastvdso_source counter_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_COUNTER, .single_attempt = 1,
};

/* The clocks of hypervisors, by a single attempt. */
static const struct fastvdso_source pvclock_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_PVCLOCK,
	.mode_page = fastvdso_hypervisor_page, .single_attempt = 1,
};

static const struct fastvdso_source hvclock_source = {
	.page = &fastvdso_time_page, .mode = FASTVDSO_CLOCK_HVCLOCK,
	.mode_page = fastvdso_hypervisor_page, .single_attempt = 1,
};

fastvdso_inline __u32 fastvdso_current_mode(void)
{
	return fastvdso_load(fastvdso_time_page.hres[0].clock.clock_mode);
}

fastvdso_inline int fastvdso_has_stock_page(void)
{
	return (fastvdso_load(fastvdso_ns_page.flags) & FASTVDSO_NS_STOCK) != 0;
}

/* now_ns() if the time page cannot be read in counter mode by a single attempt. */
__s64 fastvdso_now_ns_slow(__s32 id);

/* Read a clock from @source, or pass it on to @next. */
fastvdso_inline __s64 fastvdso_now_ns_hypervisor(const struct fastvdso_source *source, __s32 id,
						 __s64 (*next)(__s32 id))
{
	struct fastvdso_reading now;

	if (fastvdso_unlikely(!fastvdso_read_hypervisor_clock(source, &fastvdso_ns_page, id, &now)))
		return next(id);
	return fastvdso_reading_to_nsec(&now);
}

/* Read a CPU-time clock of the caller from the pages. Return 0 if that fails, and for other clocks. */
fastvdso_inline int fastvdso_read_own_cpu_clock(__s32 id, __u64 *nsec)
{
	return fastvdso_is_cpu_time(id) &&
	       fastvdso_likely(fastvdso_read_cpu_clock(&fastvdso_time_page.task_clock,
						       &fastvdso_cpu_time_pages, id, nsec));
}

/*
 * The CPU-time clocks of the caller by the CPU-time pages, other clocks by the system call: see cpu_time.c.
 * Of clock_gettime() @ts comes first, as in the functions that call it.
 */
int fastvdso_gettime_cpu_time(struct timespec64 *ts, __s32 id);
__s64 fastvdso_now_ns_cpu_time(__s32 id);

/*
 * Find the source that the time page names; the steered page only if @steer. Return 0 if
 * only the system call is left.
 */
int fastvdso_find_source(struct fastvdso_source *source, int steer);

#endif
