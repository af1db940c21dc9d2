// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shows emulated PCI functions under the identity of other hardware, for tests.
 *
 * No emulator has a card with the ids of an NVIDIA GPU, so the real nouveau never looks at a
 * guest's card. This module answers the reads of vendor, device, revision, class and subsystem
 * of chosen functions from its parameter and passes everything else on, then removes and
 * rescans these functions, as if they had had that identity from the start. It does not answer
 * for a function without power.
 *
 * A function that comes later, by hot-plug or rescan, has its identity from the kernel's first
 * read on. Writing addresses to the parameter hide makes these functions answer with all ones,
 * as if they were not there, until the next write.
 *
 * Parameter: show=DDDD:BB:DD.F=VENDOR:DEVICE:CLASS:REVISION:SUBVENDOR:SUBDEVICE[,...] with all
 * numbers in hex. Meant to be loaded before the image's own /init; it stays.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

#define MAX_MASKS 32

struct mask {
	struct pci_bus *bus;
	const struct pci_ops *below; /* the bus's operations before ours */
	unsigned int domain, bus_nr, devfn;
	bool is_hidden;
	u8 config[PCI_STD_HEADER_SIZEOF];
	u8 covered[PCI_STD_HEADER_SIZEOF];
};

static char *show[MAX_MASKS];
static unsigned int show_count;
module_param_array(show, charp, &show_count, 0444);
MODULE_PARM_DESC(show, "address=vendor:device:class:revision:subvendor:subdevice, ...");

static struct mask masks[MAX_MASKS];

/* A new value names all functions that are hidden from now on. */
static int set_hidden(const char *value, const struct kernel_param *parameter)
{
	char address[sizeof("0000:00:00.0")];
	unsigned int i;

	for (i = 0; i < show_count; i++) {
		snprintf(address, sizeof(address), "%04x:%02x:%02x.%x", masks[i].domain,
			 masks[i].bus_nr, PCI_SLOT(masks[i].devfn),
			 PCI_FUNC(masks[i].devfn));
		masks[i].is_hidden = strstr(value, address) != NULL;
	}
	return 0;
}

static const struct kernel_param_ops hide_ops = { .set = set_hidden };
module_param_cb(hide, &hide_ops, NULL, 0200);
MODULE_PARM_DESC(hide, "addresses of shown functions that do not answer");

static void mask_cover(struct mask *mask, unsigned int at, unsigned int bytes, u32 value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		mask->config[at + i] = value >> (8 * i);
		mask->covered[at + i] = 1;
	}
}

static int mask_parse(struct mask *mask, const char *text)
{
	unsigned int dev, fn, vendor, device, class, revision, subvendor, subdevice;

	if (sscanf(text, "%x:%x:%x.%x=%x:%x:%x:%x:%x:%x", &mask->domain, &mask->bus_nr, &dev,
		   &fn, &vendor, &device, &class, &revision, &subvendor, &subdevice) != 10)
		return -EINVAL;
	mask->devfn = PCI_DEVFN(dev, fn);
	mask_cover(mask, PCI_VENDOR_ID, 2, vendor);
	mask_cover(mask, PCI_DEVICE_ID, 2, device);
	mask_cover(mask, PCI_REVISION_ID, 1, revision);
	mask_cover(mask, PCI_CLASS_PROG, 3, class);
	mask_cover(mask, PCI_SUBSYSTEM_VENDOR_ID, 2, subvendor);
	mask_cover(mask, PCI_SUBSYSTEM_ID, 2, subdevice);
	return 0;
}

/* All ones for its ids: the function has no power or is gone, and does not answer. */
static bool is_dead(const struct pci_ops *below, struct pci_bus *bus, unsigned int devfn)
{
	u32 ids;

	return below->read(bus, devfn, PCI_VENDOR_ID, 4, &ids) != PCIBIOS_SUCCESSFUL ||
	       ids == ~0u;
}

/* The bus's operations before its first mask. */
static const struct pci_ops *ops_below(struct pci_bus *bus)
{
	unsigned int i;

	for (i = 0; i < show_count; i++)
		if (masks[i].bus == bus)
			return masks[i].below;
	return NULL;
}

static int masked_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
		       u32 *val)
{
	const struct pci_ops *below = ops_below(bus);
	int i, at, ret;

	if (!below)
		return PCIBIOS_DEVICE_NOT_FOUND;
	ret = below->read(bus, devfn, where, size, val);
	if (ret != PCIBIOS_SUCCESSFUL)
		return ret;

	for (i = 0; i < show_count; i++) {
		if (masks[i].bus != bus || masks[i].devfn != devfn)
			continue;
		if (masks[i].is_hidden)
			*val = ~0u;
		if (masks[i].is_hidden || is_dead(below, bus, devfn))
			break;
		for (at = where; at < where + size; at++) {
			int shift = 8 * (at - where);

			if (at >= PCI_STD_HEADER_SIZEOF || !masks[i].covered[at])
				continue;
			*val &= ~(0xffu << shift);
			*val |= (u32)masks[i].config[at] << shift;
		}
	}
	return ret;
}

static int masked_write(struct pci_bus *bus, unsigned int devfn, int where, int size,
			u32 val)
{
	const struct pci_ops *below = ops_below(bus);

	if (!below)
		return PCIBIOS_DEVICE_NOT_FOUND;
	return below->write(bus, devfn, where, size, val);
}

/* pci_generic_config_read() and _write(), which are most bridges' operations below, ask the bus itself. */
static void __iomem *masked_map(struct pci_bus *bus, unsigned int devfn, int where)
{
	const struct pci_ops *below = ops_below(bus);

	return below && below->map_bus ? below->map_bus(bus, devfn, where) : NULL;
}

static struct pci_ops masked_ops = {
	.map_bus = masked_map,
	.read = masked_read,
	.write = masked_write,
};

/* Sets bus and below first: from pci_bus_set_ops() on, the bus asks masked_ops. */
static int mask_put_on(struct mask *mask)
{
	struct pci_bus *bus = pci_find_bus(mask->domain, mask->bus_nr);

	if (!bus)
		return -ENODEV;
	mask->below = ops_below(bus) ?: bus->ops;
	mask->bus = bus;
	if (bus->ops != &masked_ops)
		pci_bus_set_ops(bus, &masked_ops);
	return 0;
}

static void mask_remove_function(const struct mask *mask)
{
	struct pci_dev *dev;

	dev = pci_get_domain_bus_and_slot(mask->domain, mask->bus_nr, mask->devfn);
	if (!dev) /* its slot is empty, for now */
		return;
	pci_stop_and_remove_bus_device(dev);
	pci_dev_put(dev);
}

static int __init lab_mask_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < show_count; i++) {
		ret = mask_parse(&masks[i], show[i]);
		if (ret) {
			pr_err("lab_mask: bad parameter '%s'\n", show[i]);
			return ret;
		}
		if (!pci_find_bus(masks[i].domain, masks[i].bus_nr)) {
			pr_err("lab_mask: no bus for '%s'\n", show[i]);
			return -ENODEV;
		}
	}

	pci_lock_rescan_remove();
	for (i = 0; i < show_count; i++)
		mask_put_on(&masks[i]);
	for (i = show_count; i > 0; i--)
		mask_remove_function(&masks[i - 1]);
	for (i = 0; i < show_count; i++)
		pci_rescan_bus(masks[i].bus);
	pci_unlock_rescan_remove();
	return 0;
}
module_init(lab_mask_init);

MODULE_DESCRIPTION("Identity mask for emulated PCI functions, for tests");
MODULE_LICENSE("GPL");
