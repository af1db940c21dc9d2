/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

bool is_kernel_before(const struct snapshot *snapshot, unsigned major, unsigned minor);

/* Functions without a group may yet get one when they are bound. */
bool is_group_deferred(const struct snapshot *snapshot);
