/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For execute.c alone. */
#pragma once

#include "act/execute.h"

/*
 * Writes a card's setting and reads it back. What the kernel refuses is a finding. Gives a BAR its size back
 * where that fails, and when it is called once more for the function. The function is stuck afterwards if a
 * write does not return.
 */
void setting_write(const struct snapshot *snapshot, const struct step *step,
		   const struct execute_ops *ops, struct outcome *outcome);
