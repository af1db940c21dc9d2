/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/address.h"

/*
 * Who uses the function: "process 'qemu' (1234)", "network eth1 (up)"; to be freed. NULL: nobody. 0 or
 * negative errno.
 */
int MUST_CHECK vf_find_users(const struct root *root, const struct bdf *address,
			     char **ret_text);
