// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers questions about the running kernel that none of its files answers. Pure. */
#include "decide/kernel.h"

#include <stdio.h>

/* Compares "5.19" of "5.19.0-21-generic". The last resort, if no file tells the difference. */
bool is_kernel_before(const struct snapshot *snapshot, unsigned major, unsigned minor)
{
	unsigned here_major, here_minor;

	if (!snapshot->kernel ||
	    sscanf(snapshot->kernel, "%u.%u", &here_major, &here_minor) != 2)
		return false;
	return here_major < major || (here_major == major && here_minor < minor);
}

/*
 * Behind a virtio-iommu a function gets its group only when a driver probes it
 * (drivers/base/dd.c: really_probe() -> dma_configure(); seen on 6.12). vfio-pci does not bind
 * without a group, so a bound function has one.
 */
bool is_group_deferred(const struct snapshot *snapshot)
{
	return snapshot->iommu.has_viot && snapshot->iommu.n_units &&
	       snapshot->iommu.kind == IOMMU_VIRTIO;
}
