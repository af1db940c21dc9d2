/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "root.h"

/* Makers and distribution, as far as the system tells. 0 or -ENOMEM. */
int MUST_CHECK platform_read(const struct root *root, struct platform *platform);
