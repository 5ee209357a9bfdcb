// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU number that user space reads: compared with the kernel's on every CPU, when the module is
 * loaded and whenever a CPU comes online, before user space runs there. Isolated CPUs are compared only
 * when they come online.
 *
 * The image uses a register that is right on all CPUs. If none is, or if the one that was chosen
 * turns out to be wrong on a CPU that comes later, the time page tells getcpu() and snapshot() to
 * make the system call.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "compat.h"
#include "internal.h"

static atomic_t right;		/* sources that are right on all CPUs seen so far */
static u32 used;		/* sources that the image uses */
static enum cpuhp_state hotplug_state;

static void publish(bool getcpu_syscall)
{
	WRITE_ONCE(fastvdso_time_page()->getcpu_syscall, getcpu_syscall);
}

/* Compare the CPU's registers with its number. Runs on that CPU, and can neither migrate nor fail. */
static int check_cpu(unsigned int cpu)
{
	u32 wrong = atomic_read(&right) & ~fastvdso_arch_right_cpu_sources();

	if (!wrong)
		return 0;
	atomic_andnot(wrong, &right);
	if (wrong & FASTVDSO_CPU_WITH_COUNTER)
		pr_warn("CPU %u: TSC_AUX does not hold the CPU number, not using it\n", cpu);
	else
		pr_warn("CPU %u: no register holds the CPU number, not using one\n", cpu);
	/* Never back to the registers: two CPUs may find different ones wrong at the same time. */
	if (wrong & used)
		publish(true);
	return 0;
}

/* True if one instruction reads a counter together with the number of its CPU, on all CPUs. */
bool fastvdso_cpu_number_is_with_counter(void)
{
	return atomic_read(&right) & FASTVDSO_CPU_WITH_COUNTER;
}

/* Check this CPU again: a hypervisor may change a register at any time. */
bool fastvdso_cpu_number_recheck(void)
{
	int cpu = get_cpu();

	check_cpu(cpu);
	put_cpu();
	return fastvdso_cpu_number_is_with_counter();
}

/* Isolated CPUs are not interrupted. The kernel sets their registers by the same code as the others'. */
static bool __init may_be_interrupted(int cpu, void *unused)
{
	return !fastvdso_cpu_is_isolated(cpu);
}

static void __init check_this_cpu(void *unused)
{
	check_cpu(smp_processor_id());
}

/* Check every CPU that is online and not isolated, and patch the image accordingly. */
int __init fastvdso_cpu_number_init(void)
{
	int ret;

	atomic_set(&right, fastvdso_arch_cpu_sources());
	cpus_read_lock();
	ret = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_AP_ONLINE_DYN, "fastvdso:cpu-number",
						   check_cpu, NULL);
	if (ret >= 0) {
		hotplug_state = ret;
		/* Not by the hotplug threads, which a real-time task may keep from running. */
		on_each_cpu_cond(may_be_interrupted, check_this_cpu, NULL, 1);
		used = fastvdso_arch_patch(atomic_read(&right));
		publish(!used);
	}
	cpus_read_unlock();
	return ret < 0 ? ret : 0;
}

void fastvdso_cpu_number_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
}
