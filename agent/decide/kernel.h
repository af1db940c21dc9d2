/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

bool is_kernel_before(const struct snapshot *snapshot, unsigned major, unsigned minor);

/* Functions without a group may get one when a driver binds to them. */
bool has_late_groups(const struct snapshot *snapshot);

/* This function has no group yet. */
bool is_group_deferred(const struct snapshot *snapshot, const struct function *function);
