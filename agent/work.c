// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order of one run: look, decide, tell; then do, tell again. A dry run is the first half of
 * the same.
 */
#include "work.h"

#include "execute.h"
#include "report.h"
#include "snapshot.h"
#include "survey.h"

#include <time.h>

static int tell(struct supervised *worker, struct run *run, bool is_final)
{
	struct json_object *report = report_build(run);
	int r;

	r = supervised_tell(worker, report, run->config->timeout_s, is_final);
	report_put(report);
	return r;
}

/* A function of a wanted card that has no group yet, while VIOT promises one. */
static bool is_waiting_for_group(const struct survey *survey)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		for (size_t k = 0; k < target->n_functions; k++)
			if (survey->snapshot.functions[target->functions[k]].group_fact ==
			    FACT_ABSENT)
				return true;
	}
	return false;
}

/*
 * With virtio-iommu as a module no PCI function has a group before it is loaded, and the groups
 * come some time after (drivers/acpi/viot.c defers all endpoints until then).
 */
static int bring_up_virtio_iommu(struct supervised *worker, struct survey *survey)
{
	int64_t half = now_ms() + (worker->deadline_ms - now_ms()) / 2;
	int r;

	if (!survey->snapshot.iommu.has_viot || !is_waiting_for_group(survey))
		return 0;
	r = modules_load(survey->modules, "virtio_pci");
	if (r == 0)
		r = modules_load(survey->modules, "virtio_iommu");
	if (r < 0) {
		findings_add(&survey->snapshot.findings,
			     r == -ENOENT ? FINDING_MODULE_MISSING : FINDING_MODULE_REJECTED,
			     "virtio_iommu",
			     "rebuild the initramfs with vfio-claim's hook, on a kernel that has it",
			     "the driver of this machine's virtio-iommu cannot be loaded: %s",
			     strerror(-r));
		return 0;
	}
	do {
		r = survey_look(worker->root, survey);
		if (r == 0)
			r = survey_decide(survey);
	} while (r == 0 && is_waiting_for_group(survey) && now_ms() < half &&
		 !usleep(20000));
	return r;
}

static void say_off(struct findings *findings, bool is_cmdline_invalid)
{
	if (is_cmdline_invalid)
		findings_add(findings, FINDING_MODE_OFF, "kernel command line", NULL,
			     "off for this boot, because a vfio_claim parameter is not understood; "
			     "nothing was looked at or claimed");
	else
		findings_add(findings, FINDING_MODE_OFF, "vfio_claim.mode",
			     "take vfio_claim.mode=off from the kernel command line to claim again",
			     "off for this boot, as asked; nothing was looked at or claimed");
}

static int look_and_decide(const struct root *root, struct survey *survey)
{
	int r;

	if (survey->config.mode == MODE_OFF) {
		say_off(&survey->config.findings, survey->config.is_cmdline_invalid);
		return snapshot_identify(root, &survey->snapshot);
	}
	r = survey_look(root, survey);
	return r < 0 ? r : survey_decide(survey);
}

/* What was bound stays said of functions that no step touches. */
static int start_outcome(const struct survey *survey, struct outcome *outcome)
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

static int claim(struct supervised *worker, struct survey *survey, struct outcome *outcome)
{
	struct live live = {
		.root = worker->root,
		.modules = survey->modules,
		.deadline_ms = worker->deadline_ms,
	};
	struct execute_ops ops = execute_live_ops(&live);
	int r;

	r = start_outcome(survey, outcome);
	if (r == 0)
		execute_plan(&survey->config, &survey->snapshot, &survey->plan, &ops,
			     outcome);
	return r;
}

int work_at_boot(struct supervised *worker, double started_at)
{
	CLEANUP(survey_done) struct survey survey = {};
	CLEANUP(outcome_done) struct outcome outcome = {};
	struct run run = { .started_at = started_at, .unfinished = RESULT_FAILED };
	bool is_acting;
	int r;

	r = survey_read_config(worker->root, &survey.config);
	if (r < 0)
		return r;
	run.config = &survey.config;
	r = tell(worker, &run, false);
	if (r == 0)
		r = look_and_decide(worker->root, &survey);
	is_acting = survey.config.mode == MODE_CLAIM;
	if (r == 0 && is_acting)
		r = bring_up_virtio_iommu(worker, &survey);
	if (r < 0)
		return r;
	run.snapshot = &survey.snapshot;
	run.plan = survey.config.mode == MODE_OFF ? NULL : &survey.plan;
	if (!is_acting || !survey.plan.n_steps)
		return tell(worker, &run, true);
	r = tell(worker, &run, false); /* before anything is touched */
	if (r == 0)
		r = claim(worker, &survey, &outcome);
	if (r < 0)
		return r;
	run.outcome = &outcome;
	return tell(worker, &run, true);
}

struct json_object *work_dry(const struct root *root, int *ret_error)
{
	CLEANUP(survey_done) struct survey survey = {};
	struct run run = { .config = &survey.config };
	struct json_object *report;
	struct timespec now;
	int r;

	r = survey_read_config(root, &survey.config);
	if (r == 0 && survey.config.mode == MODE_CLAIM)
		survey.config.mode = MODE_CHECK;
	if (r == 0)
		r = look_and_decide(root, &survey);
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	run.snapshot = &survey.snapshot;
	run.plan = survey.config.mode == MODE_OFF ? NULL : &survey.plan;
	if (root->is_live) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		run.started_at = now.tv_sec + now.tv_nsec / 1e9;
	}
	report = report_build(&run);
	*ret_error = report ? 0 : -ENOMEM;
	return report;
}
