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
 * Behind a virtio-iommu, and behind an SMMUv3 before Linux 6.15, a function gets its group only when
 * a driver probes it (drivers/base/dd.c: really_probe() -> dma_configure(); seen on 6.12 and, with
 * an SMMUv3, on 6.1). vfio-pci does not bind without a group, so a bound function has one. An SMMUv2
 * makes groups of stream ids too (arm_smmu_device_group()), which no file shows: none is foretold there.
 */
bool has_late_groups(const struct snapshot *snapshot)
{
	const struct iommu *iommu = &snapshot->iommu;

	return iommu->n_units &&
	       (iommu->is_smmu_v3 || (iommu->kind == IOMMU_VIRTIO && iommu->has_viot));
}

/* One that has a driver was probed, and is behind no IOMMU. */
bool is_group_deferred(const struct snapshot *snapshot, const struct function *function)
{
	return function->group_fact == FACT_ABSENT &&
	       function->driver_fact == FACT_ABSENT && has_late_groups(snapshot);
}
