/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * Why the kernel may have killed a process of its own accord in this boot, as a clause, with a
 * remedy. NULL: the kernel reports no such trouble, or its files cannot be read.
 */
const char *distress_find(const struct root *root, const char **ret_remedy);
