/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

bool account_has_user(const struct root *root, const char *name);
bool account_has_group(const struct root *root, const char *name);
