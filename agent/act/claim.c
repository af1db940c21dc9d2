// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Carries out a plan: at boot, and on the running system. Judges again what could not be judged before the
 * claim.
 */
#include "act/claim.h"

#include "act/execute.h"
#include "facts/pci.h"

int claim_start_outcome(const struct survey *survey, struct outcome *outcome)
{
	int r;

	r = outcome_init(outcome, &survey->plan, &survey->snapshot);
	if (r < 0)
		return r;
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const char *driver = survey->snapshot.functions[i].driver;

		if (driver && !(outcome->functions[i].driver = strdup(driver)))
			return -ENOMEM;
	}
	return 0;
}

static bool is_any_group_deferred(const struct survey *survey, const struct outcome *outcome)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++)
		if (survey->plan.targets[i].is_group_deferred &&
		    outcome->targets[i] == RESULT_CLAIMED)
			return true;
	return false;
}

/* Gives back a card that the second judgement refused, and reads back its drivers. */
static void give_back(const struct root *root, const struct survey *survey,
		      const struct snapshot *before, const struct target *target,
		      const struct execute_ops *ops, struct outcome *outcome)
{
	for (size_t i = 0; i < target->n_functions; i++) {
		size_t k = target->functions[i];
		char *driver = NULL;

		execute_undo_settings(before, k, ops, outcome);
		if (!outcome->functions[k].is_stuck)
			execute_give_back(&survey->snapshot.functions[k].address, 1,
					  plan_policy(&survey->config, target, i), ops);
		if (pci_read_driver(root, &survey->snapshot.functions[k].address,
				    &driver) < 0)
			continue;
		free(outcome->functions[k].driver);
		outcome->functions[k].driver = driver;
	}
}

/* A mate in a group that came with the claim is looked at for the first time. */
static int take_driver(const struct function *mate, struct function_outcome *outcome)
{
	if (!mate->driver || outcome->driver)
		return 0;
	outcome->driver = strdup(mate->driver);
	return outcome->driver ? 0 : -ENOMEM;
}

/*
 * Looks and decides once more, now that the functions are bound and have groups, and gives back the
 * cards that the rules then refuse. The drivers before the claim stay those of the first look.
 */
static int judge_deferred(struct supervised *worker, struct survey *survey,
			  const struct execute_ops *ops, struct outcome *outcome)
{
	struct snapshot before = survey->snapshot;
	int r;

	if (!is_any_group_deferred(survey, outcome))
		return 0;
	survey->snapshot = (struct snapshot){};
	r = survey_look(worker->root, survey);
	if (r == 0 && survey->snapshot.n_functions != before.n_functions)
		r = -ESTALE; /* functions came or went: the supervisor gives back all cards */
	for (size_t i = 0; r == 0 && i < before.n_functions; i++) {
		struct function *now = &survey->snapshot.functions[i];
		struct function *then = &before.functions[i];
		char *driver = now->driver;

		if (!then->detailed) {
			r = take_driver(now, &outcome->functions[i]);
			continue;
		}
		now->driver = then->driver;
		then->driver = driver;
		now->driver_fact = then->driver_fact;
	}
	if (r == 0)
		r = survey_decide(survey);
	for (size_t i = 0; r == 0 && i < survey->plan.n_targets; i++)
		if (survey->plan.targets[i].verdict == VERDICT_REFUSE &&
		    outcome->targets[i] == RESULT_CLAIMED) {
			give_back(worker->root, survey, &before, &survey->plan.targets[i],
				  ops, outcome);
			execute_return_framebuffer(&before, i, ops, outcome);
		}
	snapshot_done(&before);
	return r;
}

/* Adds every module that would bind a function of a card to be claimed. */
static int find_rivals(const struct survey *survey, struct strings *rivals)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		for (size_t k = 0;
		     target->verdict == VERDICT_CLAIM && k < target->n_functions; k++) {
			const struct function *function =
				&survey->snapshot.functions[target->functions[k]];

			for (size_t m = 0; m < function->rivals.n; m++)
				if (strings_add(rivals, function->rivals.items[m]) < 0)
					return -ENOMEM;
		}
	}
	return 0;
}

int claim_cards(struct supervised *worker, struct survey *survey, bool gives_back_late,
		struct outcome *outcome)
{
	CLEANUP(strings_done) struct strings rivals = {};
	struct live live = {
		.root = worker->root,
		.sources = survey_sources(worker->root, survey),
		.never = &rivals,
		.deadline_ms = worker->deadline_ms,
		.gives_back_late = gives_back_late,
	};
	struct execute_ops ops = execute_live_ops(&live);
	int r;

	r = claim_start_outcome(survey, outcome);
	if (r == 0)
		r = find_rivals(survey, &rivals);
	if (r < 0)
		return r;
	execute_plan(&survey->config, &survey->snapshot, &survey->plan, &ops, outcome);
	r = judge_deferred(worker, survey, &ops, outcome);
	if (r == 0)
		execute_reserve(&survey->snapshot, &survey->plan, &ops, outcome);
	return r;
}

void claim_await(struct supervised *worker, struct survey *survey)
{
	struct live live = {
		.root = worker->root,
		.sources = survey_sources(worker->root, survey),
		.deadline_ms = worker->deadline_ms,
	};
	struct execute_ops ops = execute_live_ops(&live);

	execute_reserve(&survey->snapshot, &survey->plan, &ops, NULL);
}
