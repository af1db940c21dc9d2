/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/pci.h"

/* Adds a finding for each way in which a function that was claimed is not ready for a VM. */
void verify_function(const struct root *root, const struct bdf *address,
		     struct findings *findings);
