/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

#include <time.h>

/* When the kernel of this boot started; below a sysroot by the tree's /proc/stat. -1: not known. */
time_t boot_time_read(const struct root *root);
