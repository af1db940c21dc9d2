/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * Why the kernel may have killed a process by itself in this boot, in half a sentence, and where
 * to look. NULL: it says of nothing, or cannot be asked.
 */
const char *distress_find(const struct root *root, const char **ret_remedy);
