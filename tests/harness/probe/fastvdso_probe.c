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
#include <linux/smp.h>
#include <linux/uaccess.h>

#include <asm/msr.h>

static int aux_cpu = -1;
module_param(aux_cpu, int, 0);
static uint aux;
module_param(aux, uint, 0);
static ulong address;
module_param(address, ulong, 0);

/* Exchange TSC_AUX and `aux`. Spelled out, because kernels differ in the helpers' names. */
static void exchange_aux(void *unused)
{
	u32 before, high;

	asm volatile("rdmsr" : "=a"(before), "=d"(high) : "c"(MSR_TSC_AUX));
	asm volatile("wrmsr" : : "a"(aux), "d"(0), "c"(MSR_TSC_AUX) : "memory");
	aux = before;
}

static int exchange_aux_on_cpu(void)
{
	return smp_call_function_single(aux_cpu, exchange_aux, NULL, 1);
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
	return aux_cpu >= 0 ? exchange_aux_on_cpu() : -EINVAL;
}

static void __exit probe_exit(void)
{
	if (aux_cpu >= 0)
		exchange_aux_on_cpu();
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Kernel side of the tests of fastvdso");
MODULE_LICENSE("GPL");
