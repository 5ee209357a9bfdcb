// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/fastvdso: mmap() of the pages, read() of the image, and an ioctl() for its sizes and state.
 *
 * open() chooses the image by the ABI of its caller, and the file keeps it. So all calls on a file are about
 * the same image, even if a program of another ABI inherits the file.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "kernel_reader.h"

static int fastvdso_open(struct inode *inode, struct file *file)
{
	const struct fastvdso_image *image = fastvdso_callers_image();

	if (file->f_mode & FMODE_WRITE)
		return -EACCES;
	if (!image)
		return -ENODEV;
	file->private_data = (void *)image;
	return 0;
}

/*
 * The image as it runs. An iterator, because the kernel reads the build-id of a mapped file by
 * kernel_read(), which knows no other way.
 */
static ssize_t fastvdso_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	const struct fastvdso_image *image = iocb->ki_filp->private_data;
	size_t size = fastvdso_image_size(image), wanted, copied;

	if (iocb->ki_pos < 0)
		return -EINVAL;
	if (iocb->ki_pos >= size)
		return 0;
	wanted = min_t(size_t, iov_iter_count(to), size - iocb->ki_pos);
	copied = copy_to_iter(image->start + iocb->ki_pos, wanted, to);
	iocb->ki_pos += copied;
	return copied || !wanted ? copied : -EFAULT;
}

static loff_t fastvdso_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, fastvdso_image_size(file->private_data));
}

static int fastvdso_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff == FASTVDSO_OFFSET_HYPERVISOR >> PAGE_SHIFT)
		return fastvdso_hypervisor_mmap(vma);
	return fastvdso_mmap(vma);
}

static void fill_info(struct fastvdso_info *info, const struct fastvdso_image *image)
{
	struct fastvdso_time_info time;

	fastvdso_read_time_info(fastvdso_time_page(), &time);
	memset(info, 0, sizeof(*info));
	info->abi_version = FASTVDSO_ABI_VERSION;
	info->compat_version = FASTVDSO_ABI_COMPAT;
	info->page_size = PAGE_SIZE;
	info->data_pages = FASTVDSO_DATA_PAGES;
	info->code_pages = fastvdso_code_pages(image);
	info->image_size = fastvdso_image_size(image);
	info->variant = fastvdso_image_variant();
	info->clock_mode = time.clock_mode;
	info->steering = READ_ONCE(fastvdso_steered_page()->steering);
	info->cpu_time = READ_ONCE(fastvdso_time_page()->task_clock.state);
	if (time.clock_mode != FASTVDSO_CLOCK_NONE)
		info->mode = FASTVDSO_MODE_EXACT;
	else if (info->steering == FASTVDSO_STEERING_ACTIVE)
		info->mode = FASTVDSO_MODE_STEERED;
	else
		info->mode = FASTVDSO_MODE_FALLBACK;
	memcpy(info->build_id, image->start + image->build_id, sizeof(info->build_id));
	memcpy(info->clocksource, time.name, sizeof(info->clocksource));
}

/* The caller's structure may be smaller or larger than ours: see FASTVDSO_IOC_INFO. */
static long fastvdso_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	struct fastvdso_info info;
	size_t known = min(size, sizeof(info));

	if (_IOC_TYPE(cmd) != FASTVDSO_IOC_MAGIC || _IOC_DIR(cmd) != _IOC_READ ||
	    _IOC_NR(cmd) != _IOC_NR(FASTVDSO_IOC_INFO))
		return -ENOTTY;
	fill_info(&info, file->private_data);
	if (copy_to_user(to, &info, known) || clear_user(to + known, size - known))
		return -EFAULT;
	return 0;
}

static const struct file_operations fastvdso_fops = {
	.owner		= THIS_MODULE,
	.open		= fastvdso_open,
	.read_iter	= fastvdso_read_iter,
	.llseek		= fastvdso_llseek,
	.mmap		= fastvdso_device_mmap,
	.unlocked_ioctl	= fastvdso_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice fastvdso_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "fastvdso",
	.mode	= 0444,
	.fops	= &fastvdso_fops,
};

int __init fastvdso_device_init(void)
{
	return misc_register(&fastvdso_device);
}

void fastvdso_device_exit(void)
{
	misc_deregister(&fastvdso_device);
}
