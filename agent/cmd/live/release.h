/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/channel.h"
#include "act/execute.h"
#include "survey.h"

/*
 * Gives the cards that the plan still wants back to the host's drivers, or keeps every driver away from
 * them. The outcome holds what was read back. 0 or -ENOMEM.
 */
int MUST_CHECK release_cards(struct supervised *worker, const struct survey *survey,
			     bool is_held, struct outcome *outcome);

/* The same with another executor; waits so long for a driver that is loaded now. */
void release_plan(const struct snapshot *snapshot, const struct plan *plan, bool is_held,
		  const struct execute_ops *ops, int64_t deadline_ms,
		  struct outcome *outcome);

/* Gives back this function alone, if a driver of VFIO's has it. */
void release_function(struct supervised *worker, const struct function *function);
