// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers questions about one function from its own facts alone. Pure. */
#include "model/function.h"

#include <stdio.h>

bool is_vfio_driver(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

bool is_gpu(const struct function *function)
{
	return CLASS_BASE(function->class) == BASE_DISPLAY ||
	       CLASS_SUB(function->class) == SUB_ACCELERATOR;
}

bool is_card_class(const struct function *function)
{
	unsigned sub = CLASS_SUB(function->class);

	return is_gpu(function) || sub == SUB_AUDIO || sub == SUB_USB ||
	       sub == SUB_SERIAL_BUS;
}

bool has_console(const struct function *function)
{
	return function->has_firmware_framebuffer || function->is_boot_vga;
}

/* A VGA controller has outputs. Any other display controller has them only if a fact shows them. */
static bool has_outputs(const struct function *function)
{
	if (CLASS_BASE(function->class) != BASE_DISPLAY || is_bridge(function) ||
	    function->is_virtual || function->caps.is_gone)
		return false;
	if (CLASS_SUB(function->class) == SUB_VGA)
		return true;
	return CLASS_SUB(function->class) != SUB_3D &&
	       (has_console(function) || function->has_connectors);
}

bool has_host_driver(const struct function *function)
{
	return function->driver_fact == FACT_KNOWN && !is_vfio_driver(function->driver) &&
	       !streq(function->driver, "pci-stub");
}

bool may_show_picture(const struct function *function)
{
	return has_outputs(function) &&
	       (has_console(function) || function->boot_vga_fact != FACT_KNOWN ||
		function->driver_fact != FACT_ABSENT || function->rivals.n ||
		function->rivals_fact != FACT_KNOWN);
}

bool is_host_display(const struct function *function)
{
	if (!has_outputs(function) || function->is_removable ||
	    function->identity_fact != FACT_KNOWN ||
	    (function->driver_fact != FACT_ABSENT && !has_host_driver(function)))
		return false;
	/* The kernel draws its console on the firmware's framebuffer even without a driver. */
	return has_console(function) || has_host_driver(function) || function->rivals.n;
}

/* For the kernel the header decides: an ISA bridge (0601) is an endpoint. */
bool is_bridge(const struct function *function)
{
	if (function->caps.header_fact == FACT_KNOWN)
		return function->caps.header_type != 0;
	return function->class >> 8 == 0x0604 || function->class >> 8 == 0x0609;
}

/*
 * Class 0104 includes Intel's VMD. Class 00 includes virtio's 9p and devices older than the classes,
 * class ff Realtek's card readers. 0d is wireless; 0805 and 0880 are SD hosts, and Thunderbolt,
 * which carries a network; 0c00 is FireWire, 0c03 USB, 0c04 Fibre Channel, 0c06 InfiniBand.
 */
bool could_be_needed(const struct function *function)
{
	static const uint8_t bases[] = { 0x00, BASE_STORAGE, BASE_NETWORK, 0x0d, 0xff };
	static const uint16_t subs[] = { 0x0805, 0x0880, 0x0c00, SUB_USB, 0x0c04, 0x0c06 };

	if (function->identity_fact != FACT_KNOWN)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (CLASS_BASE(function->class) == bases[i])
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(subs); i++)
		if (CLASS_SUB(function->class) == subs[i])
			return true;
	return false;
}

#define IDS_ANY 0xffffffff /* PCI_ANY_ID */

/* drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids(); include/linux/pci: pci_match_one_device(). */
static bool reaches(const char *id, const struct function *function)
{
	unsigned vendor, device, subvendor = IDS_ANY, subdevice = IDS_ANY;
	unsigned class = 0, mask = 0;
	bool has_subsystem = function->subsystem_fact == FACT_KNOWN;

	if (sscanf(id, "%x:%x:%x:%x:%x:%x", &vendor, &device, &subvendor, &subdevice,
		   &class, &mask) < 2)
		return false;
	if (function->identity_fact == FACT_UNREADABLE)
		return true;
	return (vendor == IDS_ANY || vendor == function->id.vendor) &&
	       (device == IDS_ANY || device == function->id.device) &&
	       (subvendor == IDS_ANY || !has_subsystem ||
		subvendor == function->subsystem.vendor) &&
	       (subdevice == IDS_ANY || !has_subsystem ||
		subdevice == function->subsystem.device) &&
	       !((class ^ function->class) & mask);
}

bool ids_reach(const char *ids, size_t size, const struct function *function)
{
	while (size) {
		const char *comma = memchr(ids, ',', size);
		size_t length = comma ? (size_t)(comma - ids) : size;
		char id[64]; /* six numbers; the kernel reads no more than this either */

		snprintf(id, sizeof(id), "%.*s", (int)length, ids);
		if (reaches(id, function))
			return true;
		length += comma != NULL;
		ids += length;
		size -= length;
	}
	return false;
}
