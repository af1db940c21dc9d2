/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* The function lies below the display's switch and has its maker: it may be part of the card. */
bool extent_may_be_part(const struct snapshot *snapshot, const struct function *display,
			const struct function *function);
