/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Is the program in one of the usual folders? */
bool program_is_there(const struct root *root, const char *name);

/* The command that copies kernels and images to Proxmox VE's boot partitions; NULL elsewhere. */
const char *const *program_find_proxmox(const struct root *root);
