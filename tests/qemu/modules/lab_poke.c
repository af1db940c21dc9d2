// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes values into the memory of emulated PCI functions, for tests: registers by which a
 * driver knows the chip.
 *
 * The real nvidia driver binds only a card whose two identity registers are those of a chip
 * that it supports. Where BAR 0 is plain memory, as a VGA card's is, they can be written.
 *
 * Parameter: write=DDDD:BB:DD.F+OFFSET=VALUE[,...] with all numbers in hex; offsets are in BAR
 * 0. Meant to be loaded after lab_mask and before the image's own /init; it stays.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

#define MAX_WRITES 16

static char *write[MAX_WRITES];
static unsigned int write_count;
module_param_array(write, charp, &write_count, 0444);
MODULE_PARM_DESC(write, "address+offset=value, ...");

static int write_at(struct pci_dev *dev, unsigned int offset, u32 value)
{
	void __iomem *registers;
	int ret;

	ret = pci_enable_device_mem(dev);
	if (ret)
		return ret;
	registers = pci_iomap(dev, 0, offset + sizeof(value));
	if (registers) {
		iowrite32(value, registers + offset);
		ret = ioread32(registers + offset) == value ? 0 : -EIO;
		pci_iounmap(dev, registers);
	} else {
		ret = -ENOMEM;
	}
	pci_disable_device(dev);
	return ret;
}

static int write_one(const char *text)
{
	unsigned int domain, bus, slot, function, offset;
	struct pci_dev *dev;
	u32 value;
	int ret;

	if (sscanf(text, "%x:%x:%x.%x+%x=%x", &domain, &bus, &slot, &function, &offset,
		   &value) != 6)
		return -EINVAL;
	dev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!dev)
		return -ENODEV;
	ret = write_at(dev, offset, value);
	pci_dev_put(dev);
	return ret;
}

static int __init lab_poke_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < write_count; i++) {
		ret = write_one(write[i]);
		if (ret) {
			pr_err("lab_poke: '%s': %d\n", write[i], ret);
			return ret;
		}
	}
	return 0;
}
module_init(lab_poke_init);

MODULE_DESCRIPTION("Register values for emulated PCI functions, for tests");
MODULE_LICENSE("GPL");
