// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module whose init writes to address 0, for tests.
 *
 * The kernel kills the loading process with SIGKILL, and keeps the module forever as "coming":
 * later loads of a module of that name wait for it. The name is as long as vfio_pci, so that a
 * test can overwrite it with that.
 */
#include <linux/kernel.h>
#include <linux/module.h>

static ulong nowhere; /* a parameter, so that the compiler cannot know it */
module_param(nowhere, ulong, 0);

static int __init lab_oops_init(void)
{
	pr_info("lab_oops: writes to address 0\n");
	WRITE_ONCE(*(int *)nowhere, 1);
	return 0;
}
module_init(lab_oops_init);

MODULE_DESCRIPTION("A module that the kernel crashes in, for tests");
MODULE_LICENSE("GPL");
