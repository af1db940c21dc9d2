/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Reads tables, units and interrupt remapping. Unreadable facts stay unreadable. 0 or -ENOMEM. */
int MUST_CHECK iommu_read(const struct root *root, struct iommu *iommu);

/* Reads the group of one function; the second one reads its unit as well. */
void iommu_read_function_group(const struct root *root, struct function *function);
void iommu_read_function(const struct root *root, struct function *function);

/* Adds the group and its members to the snapshot, once. 0 or -ENOMEM. */
int MUST_CHECK iommu_read_group(const struct root *root, struct snapshot *snapshot,
				int number);
