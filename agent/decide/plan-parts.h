/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plan.c and the files beside it share; no other file includes this. */
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

/*
 * The function that a line of the configuration means. NULL: a finding says why there is none.
 */
const struct function *plan_select(struct planner *planner, const struct wanted *wanted);

/*
 * Adds the functions of the card or device that the line means by this function; none, and a
 * finding, when it may not mean such a one. 0 or -ENOMEM.
 */
int MUST_CHECK plan_add_extent(struct planner *planner, struct target *target,
			       const struct function *function);

/* What is to be done for the verdicts of the plan, in order. 0 or -ENOMEM. */
int MUST_CHECK plan_add_steps(struct planner *planner);
