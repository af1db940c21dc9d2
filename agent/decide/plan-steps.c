// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists the executor's steps for the verdicts of a plan, in order. Pure. */
#include "decide/plan.h"

#include "decide/card-setting.h"
#include "decide/framebuffer.h"
#include "decide/plan-parts.h"

#include <stdio.h>

enum on_failure plan_policy(const struct config *config, const struct target *target,
			    size_t i)
{
	return i < target->n_own && !target->no_hold ? config->on_failure :
						       ON_FAILURE_RELEASE;
}

static int add_step(struct plan *plan, struct step step)
{
	if (array_reserve(&plan->steps, plan->n_steps, &plan->steps_capacity,
			  sizeof(*plan->steps)) < 0)
		return -ENOMEM;
	plan->steps[plan->n_steps++] = step;
	return 0;
}

static const char *module_of(const struct planner *planner, const struct target *target,
			     size_t i)
{
	const char *module = planner_function(planner, target, i)->vfio_module;

	return module ? module : "vfio_pci";
}

static bool is_loaded_by(const struct plan *plan, const char *module)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action == STEP_LOAD &&
		    streq(plan->steps[i].module, module))
			return true;
	return false;
}

/* A function that several cards of a group draw in is touched once. */
static bool is_planned(const struct plan *plan, enum step_action action, size_t function)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action == action && plan->steps[i].function == function)
			return true;
	return false;
}

static bool is_to_be_unbound(const struct planner *planner, const struct function *function)
{
	if (function->driver_fact != FACT_KNOWN || is_vfio_driver(function->driver))
		return false;
	/* At the next boot the agent comes before every driver that is a module. */
	return !planner->config->is_for_next_boot || function->is_driver_builtin;
}

/* Of two lines for one function the later one remains. */
static int add_settings(struct planner *planner, size_t target, size_t function)
{
	struct step step = { .action = STEP_SETTING, .target = target, .function = function };
	const struct config *config = planner->config;

	for (size_t i = 0; i < config->n_card_settings; i++) {
		step.setting = &config->card_settings[i];
		if (card_setting_covers(step.setting, planner->snapshot,
					&planner->plan->targets[target], function) &&
		    add_step(planner->plan, step) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_steps(struct planner *planner, enum step_action action, enum verdict verdict)
{
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (target->verdict != verdict || !target->is_the_card_meant ||
		    target->part_of != TARGET_NONE)
			continue;
		for (size_t k = 0; k < target->n_functions; k++) {
			const struct function *function =
				planner_function(planner, target, k);
			struct step step = {
				.action = action,
				.target = i,
				.function = target->functions[k],
				.module = module_of(planner, target, k),
			};

			if (action == STEP_UNBIND && !is_to_be_unbound(planner, function))
				continue;
			if (action == STEP_RELEASE_FRAMEBUFFER &&
			    !has_framebuffer_to_release(planner->snapshot, function))
				continue;
			if (action == STEP_RESCAN &&
			    framebuffer_way(planner->snapshot, function) !=
				    FRAMEBUFFER_RESCAN)
				continue;
			if (action == STEP_LOAD ? is_loaded_by(plan, step.module) :
						  is_planned(plan, action, step.function))
				continue;
			if (action == STEP_HOLD &&
			    plan_policy(planner->config, target, k) != ON_FAILURE_HOLD)
				continue;
			if ((action == STEP_PROBE &&
			     add_settings(planner, i, step.function) < 0) ||
			    add_step(plan, step) < 0)
				return -ENOMEM;
			/* The kernel then makes its group again. */
			if (action == STEP_RESCAN)
				plan->targets[i].is_group_deferred = true;
		}
	}
	return 0;
}

/*
 * Every override is written before any module can load, and before anything is unbound. The
 * console goes only once the modules are loaded. A function's settings come after a rescan, which would
 * undo them, and before its probe, because a BAR of a bound function cannot be resized.
 */
int plan_add_steps(struct planner *planner)
{
	struct plan *plan = planner->plan;
	size_t loads;
	int r;

	r = add_steps(planner, STEP_OVERRIDE, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_HOLD, VERDICT_REFUSE);
	loads = plan->n_steps;
	if (r == 0)
		r = add_steps(planner, STEP_LOAD, VERDICT_CLAIM);
	if (r == 0 && plan->n_steps > loads)
		r = add_step(plan, (struct step){ .action = STEP_LOAD,
						  .module = "vfio_iommu_type1",
						  .is_optional = true });
	if (r == 0)
		r = add_steps(planner, STEP_RELEASE_FRAMEBUFFER, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_RESCAN, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_UNBIND, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_PROBE, VERDICT_CLAIM);
	return r;
}
