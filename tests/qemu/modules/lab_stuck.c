// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PCI driver whose remove never returns, for tests.
 *
 * A write of the function's address to the driver's unbind file sleeps forever, unkillable and
 * with the device's lock held, as with real GPU drivers that have users.
 *
 * Parameter: id=VENDOR:DEVICE in hex, the functions to bind.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *id;
module_param(id, charp, 0444);
MODULE_PARM_DESC(id, "vendor:device of the functions to bind");

static DECLARE_COMPLETION(never);

static int stuck_probe(struct pci_dev *dev, const struct pci_device_id *entry)
{
	pci_info(dev, "lab_stuck: bound\n");
	return 0;
}

static void stuck_remove(struct pci_dev *dev)
{
	pci_info(dev, "lab_stuck: remove begins and will not return\n");
	wait_for_completion(&never);
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

MODULE_DESCRIPTION("A driver that never lets go, for tests");
MODULE_LICENSE("GPL");
