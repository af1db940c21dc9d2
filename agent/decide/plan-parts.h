/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by plan*.c, extent.c and vf.c alone. */
#pragma once

#include "decide/judge.h"

struct planner {
	const struct config *config;
	const struct snapshot *snapshot;
	struct plan *plan;
};

static inline size_t planner_index(const struct planner *planner,
				   const struct function *function)
{
	return function - planner->snapshot->functions;
}

static inline const struct function *planner_function(const struct planner *planner,
						      const struct target *target, size_t i)
{
	return &planner->snapshot->functions[target->functions[i]];
}

/* The function that a line of the configuration means. NULL: a finding has the reason, and the card
 * is awaited if it is not here at all (ret_is_awaited NULL: it is not). */
const struct function *plan_select(struct planner *planner, const struct wanted *wanted,
				   bool *ret_is_awaited);

/*
 * Adds the functions of the card or device that the line names by this function. Adds a finding if
 * a line may not name such a function. 0 or -ENOMEM.
 */
int MUST_CHECK plan_add_extent(struct planner *planner, struct target *target,
			       const struct function *function);

/* Adds the steps that the verdicts of the plan ask for, in order. 0 or -ENOMEM. */
int MUST_CHECK plan_add_steps(struct planner *planner);
