// SPDX-License-Identifier: GPL-2.0
/* x86: the instructions that the image uses, and the TSC. */
#include <linux/clocksource.h>
#include <linux/compat.h>
#include <linux/init.h>
#include <linux/time64.h>

#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/pvclock.h>
#include <asm/kvmclock.h>	/* needs asm/pvclock.h */
#include <asm/segment.h>
#include <asm/tsc.h>

#include "counter_select.h"
#include "compat.h"
#include "internal.h"
#include "variant.h"

/* A flag next to FASTVDSO_CPU_WITH_COUNTER: TSC_AUX, which rdtscp and rdpid read. */
#define CPU_BY_SEGMENT	BIT(1)

/* The sources of the CPU number that this machine has. */
u32 __init fastvdso_arch_cpu_sources(void)
{
	return CPU_BY_SEGMENT | (boot_cpu_has(X86_FEATURE_RDTSCP) ? FASTVDSO_CPU_WITH_COUNTER : 0);
}

/*
 * The sources that are right on this CPU: whether the registers that user space reads hold its
 * number and node. A hypervisor may own TSC_AUX, as Xen does below PV guests, or reset it. The caller
 * must not migrate.
 */
u32 fastvdso_arch_right_cpu_sources(void)
{
	u32 cpu = smp_processor_id(), expected = cpu_to_node(cpu) << FASTVDSO_CPUNODE_BITS | cpu;
	u32 right = 0, low, high, cpunode = ~0u;

	asm volatile("lsl %1, %0" : "+r"(cpunode) : "r"(FASTVDSO_CPUNODE_SEG) : "cc");
	if (cpunode == expected)
		right |= CPU_BY_SEGMENT;
	if (boot_cpu_has(X86_FEATURE_RDTSCP)) {
		asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(cpunode));
		if (cpunode == expected)
			right |= FASTVDSO_CPU_WITH_COUNTER;
	}
	return right;
}

/*
 * Choose how the image reads the counter after all earlier loads. The image is built with
 * lfence; rdtsc, which is ordered if the CPU has LFENCE_RDTSC. rdtscp always is. If the CPU has
 * both, use the cheaper one. The few old CPUs with neither need mfence.
 *
 * @right: the sources of the CPU number that are right on all CPUs. Returns those that the image
 * uses, 0 for the system call.
 */
u32 __init fastvdso_arch_patch(u32 right)
{
	BUILD_BUG_ON(FASTVDSO_CPUNODE_SEG != __CPUNODE_SEG);
	BUILD_BUG_ON(FASTVDSO_CPUNODE_BITS != VDSO_CPUNODE_BITS);

	if (boot_cpu_has(X86_FEATURE_RDTSCP)) {
		if (!boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) || fastvdso_rdtscp_is_cheaper())
			fastvdso_change_image(FASTVDSO_VARIANT_RDTSCP);
	} else if (!boot_cpu_has(X86_FEATURE_LFENCE_RDTSC)) {
		fastvdso_change_image(FASTVDSO_VARIANT_MFENCE);
	}
	if (right & FASTVDSO_CPU_WITH_COUNTER) {
		fastvdso_change_image(FASTVDSO_VARIANT_CPU);
		if (boot_cpu_has(X86_FEATURE_RDPID)) {
			fastvdso_change_image(FASTVDSO_VARIANT_RDPID);
			return FASTVDSO_CPU_WITH_COUNTER;
		}
		return FASTVDSO_CPU_WITH_COUNTER | CPU_BY_SEGMENT;
	}
	return right & CPU_BY_SEGMENT;
}

/* The functions of the stock vDSO that this kernel does not have: see vdso_blob/stock.h. */
u32 __init fastvdso_arch_missing_functions(void)
{
	return (IS_ENABLED(CONFIG_VDSO_GETRANDOM) ? 0 : FASTVDSO_VARIANT_NO_GETRANDOM) |
	       (IS_ENABLED(CONFIG_X86_SGX) ? 0 : FASTVDSO_VARIANT_NO_SGX) |
	       (!IS_ENABLED(CONFIG_FUTEX_ROBUST_UNLOCK) ? FASTVDSO_VARIANT_NO_FUTEX :
		IS_ENABLED(CONFIG_COMPAT) ? 0 : FASTVDSO_VARIANT_NO_FUTEX32);
}

/*
 * x32 programs run 64-bit code. Not in_compat_syscall(), which can take the work of io_uring for that of an
 * x32 program if it runs at the end of an interrupt.
 */
bool fastvdso_arch_caller_is_32_bit(void)
{
	return in_ia32_syscall();
}

/* Ordered after earlier loads, like the image's reads. */
u64 notrace fastvdso_arch_read_counter(void)
{
	return rdtsc_ordered();
}

unsigned long fastvdso_arch_counter_khz(void)
{
	return tsc_khz;
}

/* The same, together with the number of this CPU. Needs RDTSCP. */
u64 notrace fastvdso_arch_read_counter_cpu(u32 *cpu)
{
	u32 low, high, cpunode;

	asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(cpunode) : : "memory");
	*cpu = cpunode & (BIT(FASTVDSO_CPUNODE_BITS) - 1);
	return (u64)high << 32 | low;
}

static bool notrace is_unstable(const struct pvclock_vsyscall_time_info *pvclock)
{
	return pvclock && !(READ_ONCE(pvclock->pvti.flags) & PVCLOCK_TSC_STABLE_BIT);
}

/*
 * KVM has a clock for this guest, but does not call it stable. Linux on Xen has no page then. User space
 * reads the page of CPU 0, but KVM writes each page when it next runs that CPU, so this one's may be newer.
 */
static bool notrace kvm_clock_is_unstable(void)
{
	const struct pvclock_vsyscall_time_info *own = NULL;

	if (IS_ENABLED(CONFIG_KVM_GUEST))
		own = this_cpu_hvclock();
	return is_unstable(pvclock_get_pvti_cpu0_va()) || is_unstable(own);
}

/*
 * How the kernel may convert the counter for sched_clock(), except the offset. It does not tell which way
 * it took: its own, or that of kvm-clock. Return the number of ways, or 0 if the kernel does not use the
 * counter in the same way on all CPUs. @way: which one to return; any number.
 */
int fastvdso_arch_sched_clock_factor(unsigned int way, u32 *mult, u32 *shift)
{
	const struct pvclock_vsyscall_time_info *pvclock = pvclock_get_pvti_cpu0_va();
	int ways = pvclock ? 2 : 1;

	if (!tsc_khz || check_tsc_unstable() || kvm_clock_is_unstable())
		return 0;
	/* Xen adjusts its clock each second. */
	if (!pvclock && (hypervisor_is_type(X86_HYPER_XEN_PV) || hypervisor_is_type(X86_HYPER_XEN_HVM)))
		return 0;
	if (pvclock && way % 2 == 0) {
		*mult = READ_ONCE(pvclock->pvti.tsc_to_system_mul);
		*shift = 32 - READ_ONCE(pvclock->pvti.tsc_shift);
		return *shift < 64 ? ways : 0;
	}
	clocks_calc_mult_shift(mult, shift, tsc_khz, NSEC_PER_MSEC, 0);
	/* As set_cyc2ns_scale() does, for perf's page. */
	if (*shift == 32) {
		*shift = 31;
		*mult >>= 1;
	}
	return ways;
}

/* Does a hypervisor run this kernel, and may keep it from running? */
bool __init fastvdso_arch_is_guest(void)
{
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
}

/*
 * Interrupts with a vector of their own, which irq_handler_entry does not see. The others of this kind take
 * no time by the kernel's accounting (reschedule), or have no tracepoint: docs/cpu-time.md lists those.
 */
const char *const fastvdso_arch_vector_tracepoints[] __initconst = {
	"local_timer_entry", "call_function_entry", "call_function_single_entry", "irq_work_entry",
	"x86_platform_ipi_entry", "thermal_apic_entry", "threshold_apic_entry", "deferred_error_apic_entry",
	"error_apic_entry", "spurious_apic_entry", NULL
};

/* What CPUID reports about the counter. A hypervisor may hide these bits. */
u32 __init fastvdso_arch_counter_flags(void)
{
	return (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) ? FASTVDSO_COUNTER_CONSTANT : 0) |
	       (boot_cpu_has(X86_FEATURE_NONSTOP_TSC) ? FASTVDSO_COUNTER_NONSTOP : 0);
}

/*
 * Steering needs RDTSCP, which reads the counter and the CPU number together, and a counter that
 * neither changes its rate nor stops. Hypervisors often hide the CPUID bits for that, so try to
 * steer on any virtual machine: an unsteady counter will be noticed.
 */
bool __init fastvdso_arch_can_steer(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) && tsc_khz &&
	       ((boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && boot_cpu_has(X86_FEATURE_NONSTOP_TSC)) ||
		boot_cpu_has(X86_FEATURE_HYPERVISOR));
}

/*
 * Where kvm-clock is not stable, the host may set the TSC of a virtual CPU each time that CPU runs, and
 * steered readings may be wrong until that is noticed. The flag changes with the host: when its clocksource
 * does, and when the machine is moved.
 */
bool notrace fastvdso_arch_counter_is_steady(void)
{
	return !kvm_clock_is_unstable();
}
