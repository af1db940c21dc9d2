// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hangs the machine when a card is claimed, for tests.
 *
 * Some time after vfio-pci has bound a chosen function the only processor stops, with
 * interrupts off: the whole system stops, as when a host depends on that device.
 *
 * Parameters: id=VENDOR:DEVICE in hex, delay=MILLISECONDS.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

static char *id;
module_param(id, charp, 0444);
MODULE_PARM_DESC(id, "vendor:device of the function that must not be claimed");

static unsigned int delay = 5000;
module_param(delay, uint, 0444);
MODULE_PARM_DESC(delay, "milliseconds until the machine hangs");

static unsigned int vendor, device;

static void hang(struct work_struct *work)
{
	pr_emerg("lab_hang: the machine hangs now\n");
	local_irq_disable();
	for (;;)
		cpu_relax();
}
static DECLARE_DELAYED_WORK(hang_work, hang);

static int note(struct notifier_block *block, unsigned long action, void *data)
{
	struct device *dev = data;
	struct pci_dev *function = to_pci_dev(dev);

	if (action != BUS_NOTIFY_BOUND_DRIVER || strcmp(dev->driver->name, "vfio-pci") ||
	    function->vendor != vendor || function->device != device)
		return NOTIFY_DONE;
	pci_info(function, "lab_hang: claimed; the machine will hang\n");
	schedule_delayed_work(&hang_work, msecs_to_jiffies(delay));
	return NOTIFY_OK;
}
static struct notifier_block notifier = { .notifier_call = note };

static int __init lab_hang_init(void)
{
	if (!id || sscanf(id, "%x:%x", &vendor, &device) != 2)
		return -EINVAL;
	return bus_register_notifier(&pci_bus_type, &notifier);
}
module_init(lab_hang_init);

MODULE_DESCRIPTION("A machine that hangs when a card is claimed, for tests");
MODULE_LICENSE("GPL");
