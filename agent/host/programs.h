/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* In one of the folders where a system keeps programs. */
bool program_is_there(const struct root *root, const char *name);

/* What copies kernels and images to where the firmware finds them on Proxmox VE; NULL elsewhere. */
const char *const *program_find_proxmox(const struct root *root);
