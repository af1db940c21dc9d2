/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Below the switch that this display hangs on, and of its maker: a part of its card, perhaps. */
bool extent_may_be_part(const struct snapshot *snapshot, const struct function *display,
			const struct function *function);
