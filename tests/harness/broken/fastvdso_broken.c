// SPDX-License-Identifier: GPL-2.0
/*
 * A module with defects, for tests/harness/qemu/detectors only. Its parameter selects the defect
 * that it shows when it is loaded.
 *
 * Exactly one detector reports each defect, so that no report masks another, and no defect crashes the
 * guest before the report is out.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fastvdso.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *defect = "none";
module_param(defect, charp, 0444);
MODULE_PARM_DESC(defect, "the defect to show, one of defects[] in the source");

/* Variables, so that the compiler does not see the errors. */
static int four = 4;
static int forty = 40;

static int use_after_free(void)
{
	int *number = kzalloc(sizeof(*number), GFP_KERNEL);
	int ret;

	if (!number)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(number);
	kfree(number);
	ret = READ_ONCE(*number);
	pr_info("%d after it was freed\n", ret);
	return 0;
}

static int out_of_bounds(void)
{
	u8 *bytes = kzalloc(16, GFP_KERNEL);

	if (!bytes)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(bytes);
	pr_info("%d after the last one\n", READ_ONCE(bytes[16]));
	kfree(bytes);
	return 0;
}

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);

/* One task takes the locks in both orders, so that nothing blocks. */
static int lockdep_circular(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);

	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
	return 0;
}

static DEFINE_SPINLOCK(spin);

/* The allocation may sleep, although it will not have to. */
static int sleep_in_atomic(void)
{
	void *memory;

	spin_lock(&spin);
	memory = kmalloc(16, GFP_KERNEL);
	spin_unlock(&spin);
	kfree(memory);
	return 0;
}

/* The index is past the array but within the structure, so KASAN does not report it. */
static struct {
	int numbers[4];
	int after[4];
} row;

static int ubsan_index(void)
{
	row.numbers[READ_ONCE(four)] = 1;
	return 0;
}

static int ubsan_shift(void)
{
	pr_info("1 << 40 is %d\n", 1 << READ_ONCE(forty));
	return 0;
}

/* Leak several: kmemleak does not report one that a register or a stack still points to. */
static int leak(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		void *memory = kmalloc(128, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(memory);
	}
	return 0;
}

static unsigned long plain;

/* KCSAN sees a write by the other thread while it waits at a watchpoint. */
static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		int i;

		for (i = 0; i < 10000; i++) {
			plain++;
			barrier();
		}
		cond_resched();
	}
	return 0;
}

static int race(void)
{
	struct task_struct *one, *other;

	one = kthread_run(racer, NULL, "fastvdso_racer");
	if (IS_ERR(one))
		return PTR_ERR(one);
	other = kthread_run(racer, NULL, "fastvdso_racer");
	if (IS_ERR(other)) {
		kthread_stop(one);
		return PTR_ERR(other);
	}
	msleep(3000);
	kthread_stop(one);
	kthread_stop(other);
	return 0;
}

static int page_read_after_free(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *byte;

	if (!page)
		return -ENOMEM;
	byte = page_address(page);
	__free_page(page);
	pr_info("%d after the page was freed\n", READ_ONCE(*byte));
	return 0;
}

/* The next allocation gets the same page. */
static int page_written_after_free(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	__free_page(page);
	memset(page_address(page), 1, 16);
	page = alloc_page(GFP_KERNEL);
	if (page)
		__free_page(page);
	return 0;
}

static int page_with_wrong_state(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	page->mapping = (void *)PAGE_SIZE;
	__free_page(page);
	return 0;
}

static int page_put_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	put_page(page);
	put_page(page);
	return 0;
}

static int object_written_after_free(void)
{
	u8 *bytes = kmalloc(128, GFP_KERNEL);

	if (!bytes)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(bytes);
	kfree(bytes);
	WRITE_ONCE(bytes[64], 1);
	kfree(kmalloc(128, GFP_KERNEL));
	return 0;
}

static LIST_HEAD(list);
static LIST_HEAD(entry);

static int list_deleted_twice(void)
{
	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
	return 0;
}

/*
 * The namespace page of the first versions: charged to a memory cgroup, and mapped. Before Linux 5.11
 * such a page must not be mapped. tests/guest/memory_test.c takes this device for the module's.
 */
static vm_fault_t charged_fault(struct vm_fault *vmf)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	struct fastvdso_ns_page *ns;

	if (!page)
		return VM_FAULT_OOM;
	ns = page_address(page);
	ns->magic = FASTVDSO_NS_MAGIC;
	ns->mono_sec = 1000;
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct charged_vm_ops = {
	.fault = charged_fault,
};

static int charged_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &charged_vm_ops;
	return 0;
}

static const struct file_operations charged_fops = {
	.owner	= THIS_MODULE,
	.mmap	= charged_mmap,
};

static struct miscdevice charged_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "fastvdso",
	.mode	= 0444,
	.fops	= &charged_fops,
};

/* The device stays: this module is not unloaded. */
static int charged_page(void)
{
	return misc_register(&charged_device);
}

static int __rcu *published;

static int rcu_without_lock(void)
{
	if (rcu_dereference(published))
		pr_info("something is published\n");
	return 0;
}

struct armed {
	struct timer_list timer;
};

static void expire(struct timer_list *timer)
{
}

static int timer_freed(void)
{
	struct armed *armed = kzalloc(sizeof(*armed), GFP_KERNEL);

	if (!armed)
		return -ENOMEM;
	timer_setup(&armed->timer, expire, 0);
	mod_timer(&armed->timer, jiffies + 1000 * HZ);
	kfree(armed);
	return 0;
}

/* For longer than the limits that tests/harness/qemu/detectors sets. */
static int hung_task(void)
{
	static DECLARE_COMPLETION(never);

	wait_for_completion_timeout(&never, 20 * HZ);
	return 0;
}

static int soft_lockup(void)
{
	preempt_disable();
	mdelay(12000);
	preempt_enable();
	return 0;
}

static int none(void)
{
	return 0;
}

static const struct {
	const char *name;
	int (*show)(void);
} defects[] = {
	{ "none", none },
	{ "use_after_free", use_after_free },
	{ "out_of_bounds", out_of_bounds },
	{ "lockdep_circular", lockdep_circular },
	{ "sleep_in_atomic", sleep_in_atomic },
	{ "ubsan_index", ubsan_index },
	{ "ubsan_shift", ubsan_shift },
	{ "leak", leak },
	{ "data_race", race },
	{ "page_read_after_free", page_read_after_free },
	{ "page_written_after_free", page_written_after_free },
	{ "page_with_wrong_state", page_with_wrong_state },
	{ "page_put_twice", page_put_twice },
	{ "object_written_after_free", object_written_after_free },
	{ "list_deleted_twice", list_deleted_twice },
	{ "charged_page", charged_page },
	{ "rcu_without_lock", rcu_without_lock },
	{ "timer_freed", timer_freed },
	{ "hung_task", hung_task },
	{ "soft_lockup", soft_lockup },
};

static int __init broken_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (!strcmp(defect, defects[i].name))
			return defects[i].show();
	return -EINVAL;
}

static void __exit broken_exit(void)
{
}

module_init(broken_init);
module_exit(broken_exit);

MODULE_DESCRIPTION("Defects for the detectors of debug kernels to find");
MODULE_LICENSE("GPL");
