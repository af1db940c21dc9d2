/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

bool is_kernel_before(const struct snapshot *snapshot, unsigned major, unsigned minor);

/* A function without a group may get one when a driver binds to it. */
bool is_group_deferred(const struct snapshot *snapshot);
