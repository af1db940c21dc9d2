// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PCI driver whose remove does not return until it is told to, for tests.
 *
 * A write of the function's address to the driver's unbind file sleeps, unkillable and with the
 * device's lock held, as with real GPU drivers that have users: for ever, or until 0 is written to
 * the parameter holds.
 *
 * Parameters: id=VENDOR:DEVICE in hex, the functions to bind; holds; takes: remove first takes
 * function 0 of the slot off the bus, as if it had vanished while the driver was at work.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *id;
module_param(id, charp, 0444);
MODULE_PARM_DESC(id, "vendor:device of the functions to bind");

static bool holds = true;
module_param(holds, bool, 0644);
MODULE_PARM_DESC(holds, "remove does not return");

static bool takes;
module_param(takes, bool, 0644);
MODULE_PARM_DESC(takes, "remove takes function 0 of the slot off the bus");

static int stuck_probe(struct pci_dev *dev, const struct pci_device_id *entry)
{
	pci_info(dev, "lab_stuck: bound\n");
	return 0;
}

static void take_first(struct pci_dev *dev)
{
	struct pci_dev *first = pci_get_slot(dev->bus, PCI_DEVFN(PCI_SLOT(dev->devfn), 0));

	if (first && first != dev) {
		pci_info(first, "lab_stuck: is taken off the bus\n");
		pci_stop_and_remove_bus_device_locked(first);
	}
	pci_dev_put(first);
}

static void stuck_remove(struct pci_dev *dev)
{
	if (READ_ONCE(takes))
		take_first(dev);
	if (!READ_ONCE(holds))
		return;
	pci_info(dev, "lab_stuck: remove begins and will not return\n");
	while (READ_ONCE(holds))
		msleep(20);
}

static struct pci_device_id stuck_ids[2];

static struct pci_driver stuck_driver = {
	.name = "lab_stuck",
	.id_table = stuck_ids,
	.probe = stuck_probe,
	.remove = stuck_remove,
};

static int __init lab_stuck_init(void)
{
	unsigned int vendor, device;

	if (!id || sscanf(id, "%x:%x", &vendor, &device) != 2)
		return -EINVAL;
	stuck_ids[0] = (struct pci_device_id){ PCI_DEVICE(vendor, device) };
	return pci_register_driver(&stuck_driver);
}
module_init(lab_stuck_init);

MODULE_DESCRIPTION("A driver that does not let go, for tests");
MODULE_LICENSE("GPL");
