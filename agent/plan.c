// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What shall be done? Configuration and snapshot in, steps and findings out. Pure: no I/O, no
 * clock, no environment, no static data; `make check` holds this file to it.
 */
#include "plan.h"

#include "plan-parts.h"

int target_add_function(struct target *target, size_t index)
{
	for (size_t i = 0; i < target->n_functions; i++)
		if (target->functions[i] == index)
			return 0;
	if (array_reserve(&target->functions, target->n_functions,
			  &target->functions_capacity, sizeof(*target->functions)) < 0)
		return -ENOMEM;
	target->functions[target->n_functions++] = index;
	return 0;
}

static int add_group(struct target *target, int number)
{
	for (size_t i = 0; i < target->n_groups; i++)
		if (target->groups[i] == number)
			return 0;
	if (array_reserve(&target->groups, target->n_groups, &target->groups_capacity,
			  sizeof(*target->groups)) < 0)
		return -ENOMEM;
	target->groups[target->n_groups++] = number;
	return 0;
}

/* Two lines must not mean one function: the first that names it has it. */
static bool is_taken(struct planner *planner, const struct target *target)
{
	for (size_t i = 0; i < planner->plan->n_targets; i++) {
		const struct target *other = &planner->plan->targets[i];

		for (size_t k = 0; k < target->n_functions; k++)
			for (size_t m = 0; m < other->n_functions; m++) {
				if (target->functions[k] != other->functions[m])
					continue;
				findings_add(&planner->plan->findings,
					     FINDING_CONFIG_INVALID, target->wanted->origin,
					     "remove one of the lines",
					     "'%s' means the same card as '%s' of %s",
					     target->wanted->text, other->wanted->text,
					     other->wanted->origin);
				return true;
			}
	}
	return false;
}

static bool is_of_any_target(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		for (size_t k = 0; k < plan->targets[i].n_functions; k++)
			if (plan->targets[i].functions[k] == index)
				return true;
	return false;
}

/* Under shared-group=claim-all the card brings the group's other endpoints along, but never
 * storage, the network, or what the host needs; these go on blocking. */
static int add_group_members(struct planner *planner, struct target *target, int number)
{
	const struct group *group = snapshot_group(planner->snapshot, number);

	for (size_t i = 0; group && i < group->n_members; i++) {
		const struct function *function =
			&planner->snapshot->functions[group->members[i]];
		unsigned base = CLASS_BASE(function->class);

		if (is_bridge(function) || base == BASE_BRIDGE || function->is_needed ||
		    base == BASE_STORAGE || base == BASE_NETWORK ||
		    is_of_any_target(planner->plan, group->members[i]) ||
		    judge_member(planner->snapshot, planner->plan, target,
				 group->members[i]) != MEMBER_BLOCKS)
			continue;
		if (target_add_function(target, group->members[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int expand_all(struct planner *planner)
{
	for (size_t i = 0; i < planner->plan->n_targets; i++) {
		struct target *target = &planner->plan->targets[i];

		for (size_t k = 0; target->is_the_card_meant && k < target->n_groups; k++) {
			int r = add_group_members(planner, target, target->groups[k]);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int fill_target(struct planner *planner, struct target *target)
{
	const struct function *function;
	int r;

	function = plan_select(planner, target->wanted);
	if (!function)
		return 0;
	r = plan_add_extent(planner, target, function);
	if (r < 0)
		return r;
	if (is_taken(planner, target)) {
		target->n_functions = 0;
		target->is_the_card_meant = false;
	}
	for (size_t i = 0; i < target->n_functions; i++) {
		function = planner_function(planner, target, i);
		if (function->group_fact == FACT_ABSENT)
			target->is_on_probation = judge_is_on_probation(planner->snapshot);
		if (function->group_fact == FACT_KNOWN &&
		    add_group(target, function->group) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_target(struct planner *planner, const struct wanted *wanted, bool is_invalid)
{
	struct target target = { .wanted = wanted, .verdict = VERDICT_REFUSE };
	struct plan *plan = planner->plan;
	int r;

	r = array_reserve(&plan->targets, plan->n_targets, &plan->targets_capacity,
			  sizeof(target));
	if (r < 0)
		return r;
	r = fill_target(planner, &target);
	plan->targets[plan->n_targets++] = target; /* also on failure: plan_done() frees it */
	if (is_invalid) /* what is in doubt is not to be touched in any way */
		plan->targets[plan->n_targets - 1].is_the_card_meant = false;
	return r;
}

/*
 * Cards of one group may be claimed together, so each is judged as if all the others were
 * claimed; whoever is refused then counts against the others, until nothing changes any more.
 */
static void judge_all(struct planner *planner)
{
	struct plan *plan = planner->plan;
	bool has_changed = true;

	for (size_t i = 0; i < plan->n_targets; i++)
		plan->targets[i].verdict = plan->targets[i].is_the_card_meant ?
						   VERDICT_CLAIM :
						   VERDICT_REFUSE;
	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < plan->n_targets; i++) {
			CLEANUP(findings_done) struct findings scratch = {};
			struct target *target = &plan->targets[i];

			if (target->verdict != VERDICT_CLAIM ||
			    judge_target(planner->config, planner->snapshot, plan, target,
					 &scratch) == VERDICT_CLAIM)
				continue;
			target->verdict = VERDICT_REFUSE;
			has_changed = true;
		}
	}
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].is_the_card_meant)
			(void)judge_target(planner->config, planner->snapshot, plan,
					   &plan->targets[i], &plan->findings);
}

int plan_make(const struct config *config, const struct snapshot *snapshot,
	      struct plan *ret_plan)
{
	bool is_invalid = findings_have_error(&config->findings);
	struct plan plan = {};
	struct planner planner = { config, snapshot, &plan };
	int r = 0;

	for (size_t i = 0; i < config->n_wanted && r == 0; i++)
		r = add_target(&planner, &config->wanted[i], is_invalid);
	if (r == 0 && config->shared_group == SHARED_GROUP_CLAIM_ALL)
		r = expand_all(&planner);
	if (r == 0)
		judge_all(&planner);
	if (r == 0 && config->mode == MODE_CLAIM)
		r = plan_add_steps(&planner);
	if (r < 0) {
		plan_done(&plan);
		return r;
	}
	*ret_plan = plan;
	return 0;
}
