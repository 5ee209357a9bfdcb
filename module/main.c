// SPDX-License-Identifier: GPL-2.0
/* Module init, and its unwinding in reverse order. */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

static int __init fastvdso_init(void)
{
	int ret;

	ret = fastvdso_pages_init();
	if (ret)
		return ret;
	ret = fastvdso_cpu_number_init();
	if (ret)
		goto err_pages_exit;
	fastvdso_namespace_init();
	ret = fastvdso_steering_control_init();
	if (ret)
		goto err_cpu_number_exit;
	ret = fastvdso_random_init();
	if (ret)
		goto err_steering_control_exit;
	ret = fastvdso_timekeeping_init();
	if (ret)
		goto err_random_exit;
	ret = fastvdso_selftest_init();
	if (ret)
		goto err_timekeeping_exit;
	fastvdso_cpu_time_init();
	ret = fastvdso_device_init();
	if (ret)
		goto err_cpu_time_exit;
	return 0;

err_cpu_time_exit:
	fastvdso_cpu_time_exit();
	fastvdso_selftest_exit();
err_timekeeping_exit:
	fastvdso_timekeeping_exit();
err_random_exit:
	fastvdso_random_exit();
err_steering_control_exit:
	fastvdso_steering_control_exit();
err_cpu_number_exit:
	fastvdso_cpu_number_exit();
err_pages_exit:
	fastvdso_pages_exit();
	return ret;
}

static void __exit fastvdso_exit(void)
{
	fastvdso_device_exit();
	fastvdso_cpu_time_exit();
	fastvdso_selftest_exit();
	fastvdso_timekeeping_exit();
	fastvdso_random_exit();
	fastvdso_steering_control_exit();
	fastvdso_cpu_number_exit();
	fastvdso_pages_exit();
}

module_init(fastvdso_init);
module_exit(fastvdso_exit);

MODULE_DESCRIPTION("A vDSO that can be loaded");
MODULE_AUTHOR("The fastvdso developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FASTVDSO_VERSION);
