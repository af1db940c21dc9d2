// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans the claim: configuration and snapshot in, steps and findings out. Pure, as all of decide/
 * is: no I/O, no clock, no environment (`make check-pure`).
 */
#include "decide/plan.h"

#include "decide/kernel.h"
#include "decide/member.h"
#include "decide/needs.h"
#include "decide/plan-parts.h"
#include "model/finding.h"

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

static bool is_own(const struct target *target, size_t index)
{
	for (size_t k = 0; k < target->n_own; k++)
		if (target->functions[k] == index)
			return true;
	return false;
}

static bool is_own_of_any(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		if (is_own(&plan->targets[i], index))
			return true;
	return false;
}

/* Lines that mean one card are one wish. A line for the card counts before one for its function. */
static bool is_part_of(const struct plan *plan, size_t part, size_t whole)
{
	const struct target *a = &plan->targets[part], *b = &plan->targets[whole];

	if (part == whole || !a->n_own || b->part_of != TARGET_NONE ||
	    !is_own(b, a->functions[0]))
		return false;
	return a->wanted->kind == b->wanted->kind ? whole < part :
						    b->wanted->kind == WANTED_GPU;
}

static void join_lines(struct planner *planner)
{
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->n_targets; i++)
		for (size_t k = 0; k < plan->n_targets; k++) {
			struct target *part = &plan->targets[i];
			char subject[PCI_ADDRESS_SIZE];

			if (part->part_of != TARGET_NONE || !is_part_of(plan, i, k))
				continue;
			part->part_of = k;
			if (part->wanted->kind != plan->targets[k].wanted->kind)
				continue; /* a harmless line: the card's line covers it */
			findings_add_as(&plan->findings, SEVERITY_WARNING,
					bdf_format(&planner_function(planner, part, 0)->address,
						   subject),
					SAY_SAME_CARD, part->wanted->text,
					part->wanted->origin, plan->targets[k].wanted->text,
					plan->targets[k].wanted->origin);
		}
}

/* Part of another card, which only a line of its own gives to the VM. */
static bool is_of_other_gpu(const struct planner *planner, const struct function *function)
{
	for (size_t i = 0; i < planner->snapshot->n_functions; i++)
		if (bdf_is_same_slot(&planner->snapshot->functions[i].address,
				     &function->address) &&
		    is_gpu(&planner->snapshot->functions[i]) &&
		    !is_own_of_any(planner->plan, i))
			return true;
	return false;
}

/* Under shared-group = claim-all the card draws in the group's other endpoints, but never storage,
 * the network, a part of the chipset, another GPU, or a function that the host needs or may need:
 * these still block. A function that several cards draw in belongs to each of them. */
static bool is_drawn_in(const struct planner *planner, const struct target *target,
			size_t index)
{
	const struct function *function = &planner->snapshot->functions[index];
	unsigned base = CLASS_BASE(function->class);

	return !is_bridge(function) && base != BASE_BRIDGE && base != BASE_STORAGE &&
	       base != BASE_NETWORK && !function->is_virtual &&
	       !is_needed_or_in_doubt(planner->snapshot, function) &&
	       !is_own_of_any(planner->plan, index) &&
	       !is_of_other_gpu(planner, function) &&
	       member_judge(planner->snapshot, planner->plan, target, index) ==
		       MEMBER_BLOCKS;
}

static int add_group_members(struct planner *planner, struct target *target, int number)
{
	const struct group *group = snapshot_group(planner->snapshot, number);

	for (size_t i = 0; group && i < group->n_members; i++)
		if (is_drawn_in(planner, target, group->members[i]) &&
		    target_add_function(target, group->members[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* No target has a verdict yet, so each draws in its functions independently of the others. */
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

	function = plan_select(planner, target->wanted, &target->is_awaited);
	if (!function)
		return 0;
	r = plan_add_extent(planner, target, function);
	if (r < 0)
		return r;
	for (size_t i = 0; i < target->n_functions; i++) {
		function = planner_function(planner, target, i);
		if (is_group_deferred(planner->snapshot, function))
			target->is_group_deferred = true;
		if (function->group_fact == FACT_KNOWN &&
		    add_group(target, function->group) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_target(struct planner *planner, const struct wanted *wanted, bool is_invalid)
{
	struct target target = {
		.wanted = wanted,
		.verdict = VERDICT_REFUSE,
		.part_of = TARGET_NONE,
	};
	struct plan *plan = planner->plan;
	int r;

	r = array_reserve(&plan->targets, plan->n_targets, &plan->targets_capacity,
			  sizeof(target));
	if (r < 0)
		return r;
	r = fill_target(planner, &target);
	plan->targets[plan->n_targets++] = target; /* also on failure: plan_done() frees it */
	if (is_invalid) /* a target in doubt is not to be touched in any way */
		plan->targets[plan->n_targets - 1].is_the_card_meant = false;
	return r;
}

/*
 * Cards of one group may be claimed together, so each is judged as if all the others were claimed.
 * A refused card then counts against the others. The loop ends when nothing changes.
 */
static void judge_together(struct planner *planner)
{
	struct plan *plan = planner->plan;
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < plan->n_targets; i++) {
			CLEANUP(findings_done) struct findings scratch = {};
			struct target *target = &plan->targets[i];

			if (target->verdict != VERDICT_CLAIM ||
			    target->part_of != TARGET_NONE ||
			    judge_target(planner->config, planner->snapshot, plan, target,
					 &scratch) == VERDICT_CLAIM)
				continue;
			target->verdict = VERDICT_REFUSE;
			has_changed = true;
		}
	}
}

/* A line for a part of a card gets the card's verdict. */
static void follow_whole(struct planner *planner, struct target *part)
{
	const struct target *whole = &planner->plan->targets[part->part_of];
	char subject[PCI_ADDRESS_SIZE], card[PCI_ADDRESS_SIZE];

	part->verdict = whole->verdict;
	part->is_the_card_meant = whole->is_the_card_meant;
	part->no_hold = whole->no_hold;
	if (part->verdict == VERDICT_REFUSE && whole->is_the_card_meant)
		findings_add(&planner->plan->findings,
			     bdf_format(&planner_function(planner, part, 0)->address,
					subject),
			     SAY_CARD_REFUSED,
			     bdf_format(&planner_function(planner, whole, 0)->address,
					card));
}

static void add_verdict_findings(struct planner *planner, struct target *target,
				 size_t last_display)
{
	struct plan *plan = planner->plan;
	char subject[PCI_ADDRESS_SIZE];

	(void)judge_target(planner->config, planner->snapshot, plan, target,
			   &plan->findings);
	if (target_has_function(target, last_display))
		judge_last_display(planner->config, planner_function(planner, target, 0),
				   &planner->snapshot->functions[last_display],
				   &plan->findings);
	target->no_hold = judge_no_hold(planner->snapshot, target, last_display);
	if (target->verdict == VERDICT_REFUSE && target->no_hold &&
	    planner->config->on_failure == ON_FAILURE_HOLD)
		findings_add(&plan->findings,
			     bdf_format(&planner_function(planner, target, 0)->address,
					subject),
			     SAY_NOT_HELD, target->no_hold);
}

/* Displays are judged last. The lines alone decide which display stays. */
static void judge_all(struct planner *planner)
{
	struct plan *plan = planner->plan;
	size_t last_display = displays_find_last(planner->config, planner->snapshot, plan);

	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].is_the_card_meant &&
		    plan->targets[i].part_of == TARGET_NONE)
			plan->targets[i].verdict = VERDICT_CLAIM;
	judge_together(planner);
	for (size_t i = 0; i < plan->n_targets; i++)
		if (planner->config->boot_display == BOOT_DISPLAY_REFUSE &&
		    target_has_function(&plan->targets[i], last_display))
			plan->targets[i].verdict = VERDICT_REFUSE;
	judge_together(planner);
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].is_the_card_meant &&
		    plan->targets[i].part_of == TARGET_NONE)
			add_verdict_findings(planner, &plan->targets[i], last_display);
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].part_of != TARGET_NONE)
			follow_whole(planner, &plan->targets[i]);
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
	if (r == 0)
		join_lines(&planner);
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
