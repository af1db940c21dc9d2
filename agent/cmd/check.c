// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges what the agent would do at the next boot, by the agent's own rules: every configured card,
 * or each display alone. The remedies are made to fit this machine.
 */
#include "cmd/check.h"

#include "cmd/check-settings.h"
#include "cmd/cmd.h"
#include "cmd/live/vf-state.h"
#include "decide/advice.h"
#include "decide/judge.h"
#include "decide/known-merge.h"
#include "decide/remedies.h"
#include "host/bootdisk/bootdisk.h"
#include "host/builder.h"
#include "host/leftover.h"
#include "host/machine.h"
#include "model/function.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

static bool is_listed(const struct findings *list, const struct finding *finding)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].code == finding->code &&
		    is_string_equal(list->items[i].subject, finding->subject) &&
		    streq(list->items[i].text, finding->text))
			return true;
	return false;
}

static void list_once(struct findings *list, const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		if (!is_listed(list, finding))
			findings_add_as(list, finding->severity, finding->subject,
					finding->code, finding->remedy, "%s",
					finding->text);
	}
}

static int decide(struct check *check)
{
	struct survey *survey = &check->survey;
	int r = survey_decide(survey);

	if (r == 0)
		check_settings(&check->cmd->root, survey);
	if (r == 0)
		remedies_fit(&survey->config, &survey->snapshot, &survey->plan.findings);
	if (r == 0)
		remedies_take_way(&survey->plan.findings, check->way);
	return r;
}

static int decide_alone(struct survey *survey, const struct function *function)
{
	int r = cmd_select_function(&survey->config, &function->address);

	return r < 0 ? r : survey_decide(survey);
}

int check_alone(struct check *check, const struct function *function)
{
	struct survey *survey = &check->survey;
	int r = cmd_select_function(&survey->config, &function->address);

	return r < 0 ? r : decide(check);
}

/* Without a card to be claimed, the plan holds the findings of each display. */
static int judge_displays(struct check *check)
{
	struct survey *survey = &check->survey;
	struct findings all = {};
	bool has_display = false;
	int r = 0;

	for (size_t i = 0; i < survey->snapshot.n_functions && r == 0; i++) {
		const struct function *function = &survey->snapshot.functions[i];

		if (!is_gpu(function))
			continue;
		has_display = true;
		r = check_alone(check, function);
		list_once(&all, &survey->plan.findings);
	}
	if (!has_display) {
		judge_iommu(&survey->snapshot, NULL, &all);
		remedies_fit(&survey->config, &survey->snapshot, &all);
		remedies_take_way(&all, check->way);
	}
	plan_done(&survey->plan);
	survey->plan.findings = all;
	return r < 0 ? r : cmd_select(&survey->config, NULL, 0);
}

int check_display(struct survey *survey, const struct function *function,
		  const char **ret_verdict)
{
	const struct finding *finding;
	int r;

	*ret_verdict = NULL;
	if (!is_gpu(function))
		return 0;
	r = decide_alone(survey, function);
	if (r < 0)
		return r;
	if (survey->plan.targets[0].verdict == VERDICT_CLAIM) {
		*ret_verdict = function->driver && is_vfio_driver(function->driver) ?
				       "claimed" :
				       "claimable";
		return 0;
	}
	*ret_verdict = "refused";
	for (size_t i = 0; i < survey->plan.findings.n; i++) {
		finding = &survey->plan.findings.items[i];
		if (finding->severity == SEVERITY_ERROR) {
			*ret_verdict = finding_name(finding->code);
			break;
		}
	}
	return 0;
}

static void judge_kvm(struct snapshot *snapshot)
{
	char remedy[ADVICE_SIZE];

	if (snapshot->platform.kvm_fact == FACT_ABSENT)
		findings_add(&snapshot->findings, "/dev/kvm", FINDING_KVM_MISSING,
			     advice_kvm(&snapshot->platform, remedy), TEXT_KVM_MISSING);
}

/* Not by the plan: the agent makes nothing of these lines. */
static int check_virtual_functions(struct check *check)
{
	struct findings *findings = &check->survey.snapshot.findings;
	size_t n = findings->n;
	int r;

	if (!check->survey.config.vfs.n)
		return 0;
	r = vf_check(&check->cmd->root, findings);
	for (size_t i = n; i < findings->n; i++)
		check->is_vf_wrong |= findings->items[i].severity == SEVERITY_ERROR;
	return r;
}

int check_look(struct check *check)
{
	const struct root *root = &check->cmd->root;
	struct survey *survey = &check->survey;
	int r;

	survey->config.is_for_next_boot = true;
	survey->find_needs = bootdisk_find;
	if (!survey->merge_known)
		survey->merge_known = known_merge;
	check->is_unconfigured = !survey->config.n_wanted &&
				 !findings_have_error(&survey->config.findings);
	if (check->is_unconfigured)
		survey->depth = SNAPSHOT_DISPLAYS;
	r = survey_look(root, survey);
	if (r == 0)
		r = machine_read(root, &survey->snapshot);
	if (r < 0)
		return r;
	leftover_find(root, &survey->snapshot, &survey->snapshot.findings);
	r = check_virtual_functions(check);
	if (r < 0)
		return r;
	judge_kvm(&survey->snapshot);
	check->way = builder_find_way(root);
	remedies_take_way(&survey->config.findings, check->way);
	remedies_take_way(&survey->snapshot.findings, check->way);
	return check->is_unconfigured ? judge_displays(check) : decide(check);
}

/* Each display with the verdict that it would have alone. */
static int add_displays(struct check *check, struct json_object *document)
{
	struct survey *survey = &check->survey;
	struct run run = { .config = &survey->config,
			   .snapshot = &survey->snapshot,
			   .plan = &survey->plan };
	int r = 0;

	for (size_t i = 0; i < survey->snapshot.n_functions && r == 0; i++) {
		if (!is_gpu(&survey->snapshot.functions[i]))
			continue;
		r = check_alone(check, &survey->snapshot.functions[i]);
		if (r == 0)
			report_add_gpus(document, &run);
	}
	return r < 0 ? r : cmd_select(&survey->config, NULL, 0);
}

struct report *check_report(struct check *check)
{
	struct survey *survey = &check->survey;
	struct run run = {
		.config = &survey->config,
		.snapshot = &survey->snapshot,
		.plan = &survey->plan,
	};
	struct json_object *document;

	survey->config.mode = MODE_CHECK;
	document = report_build(&run);
	if (document && check->is_unconfigured && add_displays(check, document) < 0) {
		report_free(report_take(document));
		return NULL;
	}
	return report_take(document);
}
