/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/address.h"

#define IOMEM_NAME_SIZE 32

/*
 * Finds a resource inside one of the function's BARs that is not VFIO's: 1 and its name, 0 for none,
 * or negative errno. VFIO cannot reserve such a BAR: __request_region() (kernel/resource.c) finds
 * the child, which is smaller than the BAR, and fails.
 */
int MUST_CHECK iomem_find_in_bars(const struct root *root, const struct bdf *address,
				  char ret_name[static IOMEM_NAME_SIZE]);
