/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For execute.c alone. */
#pragma once

#include "act/execute.h"

/*
 * Writes a card's setting and reads it back. What the kernel refuses is a finding, and a BAR gets its size
 * back then. The function is stuck afterwards if a write does not return.
 */
void setting_write(const struct snapshot *snapshot, const struct step *step,
		   const struct execute_ops *ops, struct outcome *outcome);

/* Undoes a setting that was written to this function, while no driver is bound; the same. */
void setting_undo(const struct snapshot *snapshot, size_t index,
		  enum card_setting_kind kind, const struct execute_ops *ops,
		  struct outcome *outcome);
