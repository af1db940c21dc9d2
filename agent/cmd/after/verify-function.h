/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/pci.h"

/* Adds a finding for each fault that keeps a claimed function from a VM. */
void verify_function(const struct root *root, const struct bdf *address,
		     struct findings *findings);
