// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges what the agent would do at the next boot, by the agent's own rules: every configured card,
 * or each display alone.
 */
#include "cmd/check.h"

#include "cmd/cmd.h"
#include "decide/judge.h"
#include "decide/known-merge.h"
#include "host/bootdisk/bootdisk.h"
#include "host/leftover.h"
#include "model/function.h"
#include "report/report-parse.h"
#include "report/report.h"

/* A finding about the machine is listed once, not for every card. */
static bool is_listed(const struct findings *list, const struct finding *finding)
{
	static const enum finding_code of_machine[] = {
		FINDING_IOMMU_OFF_FIRMWARE, FINDING_IOMMU_OFF_KERNEL,
		FINDING_IOMMU_NOT_READY,    FINDING_IRQ_REMAP_OFF,
		FINDING_UNSAFE_INTERRUPTS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(of_machine); i++)
		if (finding->code == of_machine[i])
			return findings_have(list, finding->code);
	return findings_have_of(list, finding->code, finding->subject);
}

static int decide_alone(struct survey *survey, const struct function *function)
{
	int r = cmd_select_function(&survey->config, &function->address);

	return r < 0 ? r : survey_decide(survey);
}

/* Judges each display as if it alone were configured, and lists each finding once. */
static int judge_displays(struct check *check)
{
	struct survey *survey = &check->survey;
	struct findings *list = &survey->snapshot.findings;

	judge_iommu(&survey->snapshot, NULL, list);
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const struct function *function = &survey->snapshot.functions[i];
		int r;

		if (!is_gpu(function))
			continue;
		r = decide_alone(survey, function);
		if (r < 0)
			return r;
		for (size_t k = 0; k < survey->plan.findings.n; k++) {
			const struct finding *finding = &survey->plan.findings.items[k];

			if (!is_listed(list, finding))
				findings_add_as(list, finding->severity, finding->subject,
						finding->code, finding->remedy, "%s",
						finding->text);
		}
	}
	plan_done(&survey->plan);
	return cmd_select(&survey->config, NULL, 0);
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

int check_look(struct check *check)
{
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
	r = survey_look(&check->cmd->root, survey);
	if (r < 0)
		return r;
	leftover_find(&check->cmd->root, &survey->snapshot.findings);
	return check->is_unconfigured ? judge_displays(check) : survey_decide(survey);
}

struct report *check_report(struct check *check)
{
	struct survey *survey = &check->survey;
	struct run run = {
		.config = &survey->config,
		.snapshot = &survey->snapshot,
		.plan = &survey->plan,
	};

	survey->config.mode = MODE_CHECK;
	return report_take(report_build(&run));
}
