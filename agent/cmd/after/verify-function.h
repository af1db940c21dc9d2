/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/pci.h"

enum function_state {
	FUNCTION_HELD, /* a VFIO driver is bound, and nothing shows that it does not answer */
	FUNCTION_GONE,	 /* from its bus */
	FUNCTION_LOST,	 /* another driver is bound, or none, or none that can be read */
	FUNCTION_SILENT, /* held, but its configuration space reads all ones */
};

/* Adds a finding for each fault that keeps a claimed function from a VM. */
enum function_state verify_function(const struct root *root, const struct bdf *address,
				    struct findings *findings);
