// SPDX-License-Identifier: GPL-2.0-or-later
/* Decides how to free a function's memory of the firmware's framebuffer. Pure. */
#include "decide/framebuffer.h"

#include "decide/kernel.h"
#include "model/finding.h"

#define CLASS_VGA 0x0300

/*
 * Only simple-framebuffer owns a region, BOOTFB, whichever driver it has
 * (drivers/firmware/sysfb_simplefb.c: sysfb_create_simplefb()). For the other platform devices
 * the driver owns the region.
 */
static bool has_own_region(const struct snapshot *snapshot)
{
	return streq(snapshot->framebuffer_device, "simple-framebuffer.0");
}

/*
 * Since Linux 6.0 vfio-pci removes the platform device of a function, if its class is VGA
 * (drivers/vfio/pci/vfio_pci_core.c: vfio_pci_vga_init()).
 */
static bool is_released_by_kernel(const struct snapshot *snapshot,
				  const struct function *function)
{
	return function->class >> 8 == CLASS_VGA && !is_kernel_before(snapshot, 6, 0);
}

/*
 * Removal of the function removes its BARs from the resource tree, with all regions in them
 * (drivers/pci/remove.c: pci_free_resources()). The platform device still points at the BAR. As the
 * function's child it keeps the function's struct alive. Otherwise (before Linux 6.9) the removal
 * of the platform device would write to freed memory.
 */
enum framebuffer_way framebuffer_way(const struct snapshot *snapshot,
				     const struct function *function)
{
	if (!function->has_firmware_framebuffer || !snapshot->framebuffer_device ||
	    is_released_by_kernel(snapshot, function))
		return FRAMEBUFFER_NONE;
	if (!has_own_region(snapshot))
		return snapshot->framebuffer_driver ? FRAMEBUFFER_UNBIND : FRAMEBUFFER_NONE;
	return snapshot->is_framebuffer_child && function->driver_fact == FACT_ABSENT ?
		       FRAMEBUFFER_RESCAN :
		       FRAMEBUFFER_STAYS;
}

bool has_framebuffer_to_release(const struct snapshot *snapshot,
				const struct function *function)
{
	return framebuffer_way(snapshot, function) != FRAMEBUFFER_NONE;
}

void framebuffer_judge(const struct snapshot *snapshot, const struct function *function,
		       struct findings *findings)
{
	char subject[PCI_ADDRESS_SIZE];

	if (framebuffer_way(snapshot, function) != FRAMEBUFFER_STAYS)
		return;
	findings_add_as(findings, SEVERITY_WARNING,
			bdf_format(&function->address, subject), SAY_FRAMEBUFFER_STAYS);
}
