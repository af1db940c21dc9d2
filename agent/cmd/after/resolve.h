/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * The functions that these lines seem to mean in the machine as it is now, by path, address and id: to
 * name them, never to judge them. NULL for a line that none matches; ret_found has n_wanted elements,
 * which point into the snapshot. 0 or -ENOMEM.
 */
int MUST_CHECK resolve_wanted(const struct root *root, const struct config *config,
			      struct snapshot *ret_snapshot,
			      const struct function **ret_found);
