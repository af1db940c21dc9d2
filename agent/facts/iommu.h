/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Tables, units, interrupt remapping. What cannot be read stays unreadable. 0 or -ENOMEM. */
int MUST_CHECK iommu_read(const struct root *root, struct iommu *iommu);

/* The group of one function, and with the second its unit. */
void iommu_read_function_group(const struct root *root, struct function *function);
void iommu_read_function(const struct root *root, struct function *function);

/* Adds the group with all its members to the snapshot, once. 0 or -ENOMEM. */
int MUST_CHECK iommu_read_group(const struct root *root, struct snapshot *snapshot,
				int number);
