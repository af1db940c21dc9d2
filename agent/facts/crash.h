/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Was this kernel started to save the memory of a crashed one? */
bool crash_is_kernel(const struct root *root);
/* The same, with a kernel command line that is read already. */
bool crash_is_kernel_of(const struct root *root, const char *cmdline);
