// SPDX-License-Identifier: GPL-2.0
/*
 * What tests need from inside the kernel. Loading it does it, and unloading undoes it:
 *
 *	aux_cpu=CPU aux=VALUE	write TSC_AUX of a CPU, as a hypervisor may
 *	mark_cpus=1		let tests/harness/qemu/add-tsc find the CPUs in the emulator's memory: each
 *				tries to start a virtual machine. The parameter marks has what to look for
 *	address=ADDRESS		try to write to the page at that address of the calling process,
 *				by the kernel's own mapping: fails with EACCES if that is read-only
 *	fail=FUNCTION nth=N error=VALUE
 *				let the Nth call of a kernel function by fastvdso, and all later ones,
 *				return the value and do nothing. Later ones, because busybox's insmod
 *				tries a second way to load a module
 *	slots=N			leave N of the kernel's slots for CPU hotplug callbacks; the kernel warns
 *	take_name=1		register a device of the name fastvdso
 *	flips=N			about N times a second, for half of the time, mark the page of the
 *				hypervisor's clock as not valid: kvm-clock's stable flag, Hyper-V's
 *				sequence number
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/hypervisor.h>
#include <asm/io.h>
#include <asm/msr.h>
#include <asm/pvclock.h>

#include <clocksource/hyperv_timer.h>

static int aux_cpu = -1;
module_param(aux_cpu, int, 0);
static uint aux;
module_param(aux, uint, 0);
static bool mark_cpus;
module_param(mark_cpus, bool, 0);
static ulong marks[4];
static uint marked;
module_param_array(marks, ulong, &marked, 0444);
static ulong address;
module_param(address, ulong, 0);
static char *fail;
module_param(fail, charp, 0);
static int nth = 1;
module_param(nth, int, 0);
static long error = -ENOMEM;
module_param(error, long, 0);
static int slots = -1;
module_param(slots, int, 0);
static bool take_name;
module_param(take_name, bool, 0);
static uint flips;
module_param(flips, uint, 0);

/* Spelled out, because kernels differ in the helpers' names. */
static u64 read_msr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static void write_msr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(msr) : "memory");
}

/* Exchange TSC_AUX and `aux`. */
static void exchange_aux(void *unused)
{
	u32 before = read_msr(MSR_TSC_AUX);

	write_msr(MSR_TSC_AUX, aux);
	aux = before;
}

static int exchange_aux_on_cpu(void)
{
	return smp_call_function_single(aux_cpu, exchange_aux, NULL, 1);
}

/*
 * An emulated CPU keeps the address of the last control block that it was to run, next to the offset of
 * its TSC, and the CR and DR accesses that it intercepts, which are its first 8 bytes. This one has no address
 * space number, so the CPU refuses it. @pages: for the CPU to save its state, and the control block.
 */
static void mark_cpu(void *pages)
{
	u64 efer = read_msr(MSR_EFER);

	*(u64 *)(pages + PAGE_SIZE) = virt_to_phys(pages) + PAGE_SIZE;
	write_msr(MSR_EFER, efer | EFER_SVME);
	write_msr(MSR_VM_HSAVE_PA, virt_to_phys(pages));
	asm volatile("clgi; vmrun; stgi" : : "a"(virt_to_phys(pages) + PAGE_SIZE) : "cc", "memory");
	write_msr(MSR_EFER, efer);
}

static int mark_all_cpus(void)
{
	unsigned int cpu;

	if (!boot_cpu_has(X86_FEATURE_SVM) || num_online_cpus() > ARRAY_SIZE(marks))
		return -EOPNOTSUPP;
	for (cpu = 0; cpu < num_online_cpus(); cpu++) {
		void *pages = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
		int ret;

		if (!pages)
			return -ENOMEM;
		ret = smp_call_function_single(cpu, mark_cpu, pages, 1);
		/* The pages are not freed, so that no two marks are the same. */
		marks[marked++] = virt_to_phys(pages) + PAGE_SIZE;
		if (ret)
			return ret;
	}
	return 0;
}

/* Store the byte that is there already, so that nothing changes where the store succeeds. */
static int store(u8 *byte)
{
	u8 same = *byte;

	__put_kernel_nofault(byte, &same, u8, fault);
	return 0;
fault:
	return -EACCES;
}

static int write_page(void)
{
	struct page *page;
	int ret;

	if (get_user_pages_fast(address, 1, 0, &page) != 1)
		return -EFAULT;
	ret = store(page_address(page));
	put_page(page);
	return ret;
}

/* Runs instead of the function. */
static noinline long failed_call(void)
{
	return error;
}

static int fail_call(struct kprobe *kprobe, struct pt_regs *regs)
{
	static atomic_t calls = ATOMIC_INIT(0);
	char caller[KSYM_SYMBOL_LEN];

	sprint_symbol(caller, *(unsigned long *)regs->sp);
	if (!strstr(caller, "[fastvdso]") || atomic_inc_return(&calls) < nth)
		return 0;
	regs->ip = (unsigned long)failed_call;
	return 1;
}

/* A kprobe with a post handler may change the instruction pointer on every kernel. */
static void after_call(struct kprobe *kprobe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe failing = {
	.pre_handler	= fail_call,
	.post_handler	= after_call,
};

static enum cpuhp_state taken[CPUHP_AP_ONLINE_DYN_END - CPUHP_AP_ONLINE_DYN + 1];
static int taken_count;

static int do_nothing(unsigned int cpu)
{
	return 0;
}

static void release_slots(int left)
{
	while (taken_count > left)
		cpuhp_remove_state_nocalls(taken[--taken_count]);
}

static int take_slots(void)
{
	int ret;

	while (taken_count < ARRAY_SIZE(taken)) {
		ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "probe", do_nothing, NULL);
		if (ret < 0)
			break;
		taken[taken_count++] = ret;
	}
	release_slots(max(taken_count - slots, 0));
	return 0;
}

static const struct file_operations no_operations = {
	.owner = THIS_MODULE,
};

static struct miscdevice other_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "fastvdso",
	.fops	= &no_operations,
};

/*
 * Write to the pages as the hypervisor does. On CPU 0, because KVM writes CPU 0's kvm-clock while that CPU is
 * in the hypervisor.
 */
static void write_pvclock(struct pvclock_vcpu_time_info *page, bool valid)
{
	WRITE_ONCE(page->version, page->version | 1);
	smp_wmb(); /* The readers' barriers are after the first and before the second load of the version. */
	WRITE_ONCE(page->flags, valid ? page->flags | PVCLOCK_TSC_STABLE_BIT :
					page->flags & ~PVCLOCK_TSC_STABLE_BIT);
	smp_wmb(); /* See above. */
	WRITE_ONCE(page->version, page->version + 1);
}

/* 0 and -1 mean that the page is not valid, for old and for new guests. */
static void write_hvclock(u32 *sequence, u32 number)
{
	smp_wmb(); /* The readers' barriers are after the first and before the second load of the number. */
	WRITE_ONCE(*sequence, number);
}

static int flip(void *unused)
{
	unsigned long half_us = 500000 / flips;
	struct pvclock_vsyscall_time_info *pvclock = pvclock_get_pvti_cpu0_va();
	u32 *sequence = (u32 *)hv_get_tsc_page(), number = 1;
	bool valid = true;

	while (!valid || !kthread_should_stop()) {
		valid = !valid;
		if (pvclock) {
			write_pvclock(&pvclock->pvti, valid);
		} else if (valid) {
			write_hvclock(sequence, number >= U32_MAX - 1 ? 1 : number + 1);
		} else {
			number = *sequence;
			write_hvclock(sequence, 0);
		}
		usleep_range(half_us, half_us + half_us / 8);
	}
	return 0;
}

static struct task_struct *flipper;

static int start_flipping(void)
{
	if (!pvclock_get_pvti_cpu0_va() && !hypervisor_is_type(X86_HYPER_MS_HYPERV))
		return -ENODEV;
	flipper = kthread_create(flip, NULL, "fastvdso_probe");
	if (IS_ERR(flipper))
		return PTR_ERR(flipper);
	kthread_bind(flipper, 0);
	/* Ahead of the readers. */
	sched_set_fifo(flipper);
	wake_up_process(flipper);
	return 0;
}

static int __init probe_init(void)
{
	if (address)
		return write_page();
	if (fail) {
		failing.symbol_name = fail;
		return register_kprobe(&failing);
	}
	if (slots >= 0)
		return take_slots();
	if (take_name)
		return misc_register(&other_device);
	if (mark_cpus)
		return mark_all_cpus();
	if (flips)
		return start_flipping();
	return aux_cpu >= 0 ? exchange_aux_on_cpu() : -EINVAL;
}

static void __exit probe_exit(void)
{
	if (fail)
		unregister_kprobe(&failing);
	release_slots(0);
	if (take_name)
		misc_deregister(&other_device);
	if (flipper)
		kthread_stop(flipper);
	if (aux_cpu >= 0)
		exchange_aux_on_cpu();
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Kernel side of the tests of fastvdso");
MODULE_LICENSE("GPL");
