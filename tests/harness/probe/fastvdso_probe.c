// SPDX-License-Identifier: GPL-2.0
/*
 * What tests need from inside the kernel. Loading it does it:
 *
 *	aux_cpu=CPU aux=VALUE	write TSC_AUX of a CPU, as a hypervisor may; unloading restores it
 *	address=ADDRESS		try to write to the page at that address of the calling process,
 *				by the kernel's own mapping: fails with EACCES if that is read-only
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include <asm/msr.h>

static int aux_cpu = -1;
module_param(aux_cpu, int, 0);
static uint aux;
module_param(aux, uint, 0);
static ulong address;
module_param(address, ulong, 0);

static u32 aux_before, aux_high;

static int write_aux(void)
{
	int ret = rdmsr_on_cpu(aux_cpu, MSR_TSC_AUX, &aux_before, &aux_high);

	return ret ?: wrmsr_on_cpu(aux_cpu, MSR_TSC_AUX, aux, 0);
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

static int __init probe_init(void)
{
	if (address)
		return write_page();
	return aux_cpu >= 0 ? write_aux() : -EINVAL;
}

static void __exit probe_exit(void)
{
	if (aux_cpu >= 0)
		wrmsr_on_cpu(aux_cpu, MSR_TSC_AUX, aux_before, aux_high);
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Kernel side of the tests of fastvdso");
MODULE_LICENSE("GPL");
