// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims virtual functions for VMs by the boot agent's own judgement and executor. Takes all of a
 * line or none.
 */
#include "cmd/live/vf-parts.h"
#include "decide/plan.h"
#include "host/bootdisk/bootdisk.h"
#include "model/finding.h"
#include "model/function.h"

static bool is_to_take(const struct vf_function *function)
{
	return function->is_taken &&
	       !(function->driver && is_vfio_driver(function->driver));
}

static int add_wanted(struct config *config, const struct vf_function *function,
		      const char *origin)
{
	struct wanted wanted = { .kind = WANTED_VF,
				 .identity = { .has_address = true,
					       .address = function->address } };
	char text[PCI_ADDRESS_SIZE];

	if (array_reserve(&config->wanted, config->n_wanted, &config->wanted_capacity,
			  sizeof(wanted)) < 0)
		return -ENOMEM;
	wanted.text = strdup(bdf_format(&function->address, text));
	wanted.origin = strdup(origin);
	if (!wanted.text || !wanted.origin) {
		wanted_done(&wanted);
		return -ENOMEM;
	}
	config->wanted[config->n_wanted++] = wanted;
	return 0;
}

/* The configuration's policies, for these virtual functions alone. They have no picture to lose and
 * are removed when they cannot be taken, so none is held. */
static int configure(const struct vf_work *work, const struct vf_state *state,
		     struct config *ret_config)
{
	const struct config *policies = work->config;
	int r = 0;

	*ret_config = (struct config){
		.mode = MODE_CLAIM,
		.on_failure = ON_FAILURE_RELEASE,
		.shared_group = policies->shared_group,
		.interrupt_remapping = policies->interrupt_remapping,
		.boot_display = policies->boot_display,
		.attached_driver = policies->attached_driver,
		.timeout_s = policies->timeout_s,
	};
	for (size_t i = 0; i < state->n && r == 0; i++)
		if (is_to_take(&state->items[i]))
			r = add_wanted(ret_config, &state->items[i],
				       work->line->wanted.origin);
	return r;
}

static enum vf_end execute(struct vf_work *work, struct survey *survey)
{
	struct outcome outcome = {};
	enum vf_end end = VF_DONE;

	if (outcome_init(&outcome, &survey->plan, &survey->snapshot) < 0)
		return VF_FAILED;
	execute_plan(&survey->config, &survey->snapshot, &survey->plan,
		     &work->ops->execute, &outcome);
	findings_add_all(work->findings, &outcome.findings);
	for (size_t i = 0; i < outcome.n_targets; i++)
		if (outcome.targets[i] != RESULT_CLAIMED)
			end = VF_FAILED;
	outcome_done(&outcome);
	return end;
}

/* All or none: what was claimed is given back when another could not be. */
static void give_back(struct vf_work *work, const struct survey *survey)
{
	for (size_t i = 0; i < survey->config.n_wanted; i++)
		execute_give_back(&survey->config.wanted[i].identity.address, 1,
				  ON_FAILURE_RELEASE, &work->ops->execute);
}

static enum vf_end claim(struct vf_work *work, struct survey *survey)
{
	enum vf_end end = VF_DONE;
	int r = survey_look(work->root, survey);

	if (r == 0)
		r = survey_decide(survey);
	if (r < 0) {
		findings_add(work->findings, work->physical, SAY_VF_UNREADABLE,
			     strerror(-r));
		return VF_FAILED;
	}
	findings_add_all(work->findings, &survey->plan.findings);
	for (size_t i = 0; i < survey->plan.n_targets; i++)
		if (survey->plan.targets[i].verdict != VERDICT_CLAIM)
			end = VF_REFUSED;
	if (end == VF_DONE)
		end = execute(work, survey);
	if (end == VF_FAILED)
		give_back(work, survey);
	return end;
}

/* The host may use a virtual function that was here before: a network, a disk. */
static bool is_used_by_host(struct vf_work *work, const struct vf_function *function)
{
	char subject[PCI_ADDRESS_SIZE];
	_cleanup_free_ char *text = NULL;
	int r;

	if (!function->driver)
		return false;
	r = work->ops->find_users(work->ops->data, &function->address, &text);
	if (r == 0 && !text)
		return false;
	findings_add(work->findings, bdf_format(&function->address, subject),
		     SAY_VF_HOST_USES, r < 0 ? strerror(-r) : text);
	return true;
}

enum vf_end vf_take(struct vf_work *work, const struct vf_state *state)
{
	struct survey survey = { .find_needs = bootdisk_find };
	enum vf_end end = VF_NOTHING;

	for (size_t i = 0; i < state->n; i++)
		if (is_to_take(&state->items[i]) && is_used_by_host(work, &state->items[i]))
			end = VF_REFUSED;
	if (end == VF_NOTHING && configure(work, state, &survey.config) < 0)
		end = VF_FAILED;
	if (end == VF_NOTHING && survey.config.n_wanted)
		end = claim(work, &survey);
	survey_done(&survey);
	return end;
}
