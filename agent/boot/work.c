// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders one run: look, decide, report; then act and report again. A dry run stops after the first
 * half.
 */
#include "boot/work.h"

#include "base/clock.h"
#include "boot/attempt.h"
#include "boot/keep.h"
#include "act/claim.h"
#include "act/loader.h"
#include "facts/snapshot.h"
#include "model/finding.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "survey.h"

static int tell(struct supervised *worker, const struct run *run)
{
	CLEANUP(document_putp) struct json_object *document = report_build(run);

	return supervised_tell(worker, document, run->config->timeout_s, false);
}

/* The final report, which the worker has at hand: the parent keeps it only for one that does not get so far. */
static int tell_final(struct supervised *worker, const struct run *run)
{
	CLEANUP(report_freep) struct report *report = report_take(report_build(run));
	const char *problem;
	int r;

	if (!report)
		return -ENOMEM;
	report_set_duration(report, clock_ms_since(worker->begun));
	r = supervised_tell(worker, report->document, run->config->timeout_s, true);
	if (r == 0 && document_is_report(report->document, &problem))
		supervised_tell_kept(worker, keep_report(worker->root, report));
	return r;
}

static void add_virtio_iommu_finding(struct findings *findings, int r)
{
	findings_add(findings, "virtio_iommu",
		     r == -ENOENT ? FINDING_MODULE_MISSING : FINDING_MODULE_REJECTED,
		     REMEDY_VIRTIO_IOMMU, TEXT_VIRTIO_IOMMU, strerror(-r));
}

/* With virtio-iommu as a module, all PCI functions defer until it is loaded (drivers/acpi/viot.c)
 * and have no group until they are probed after that. The plan takes that into account. */
static int bring_up_virtio_iommu(const struct root *root, struct survey *survey)
{
	struct load_sources sources = survey_sources(root, survey);
	int r;

	if (!survey->snapshot.iommu.has_viot || !survey->config.n_wanted)
		return 0;
	survey->depth = SNAPSHOT_TOPOLOGY; /* predicts the members of later groups */
	if (!survey->snapshot.iommu.n_units) {
		r = loader_load(&sources, "virtio_pci", NULL);
		if (r == 0)
			r = loader_load(&sources, "virtio_iommu", NULL);
		if (r < 0) {
			add_virtio_iommu_finding(&survey->snapshot.findings, r);
			return 0;
		}
	}
	r = survey_look(root, survey);
	return r < 0 ? r : survey_decide(survey);
}

static void add_off_finding(struct config *config)
{
	struct findings *findings = &config->findings;

	if (config->is_crash_kernel)
		findings_add(findings, "kernel command line", SAY_CRASH_KERNEL);
	else if (config->is_cmdline_invalid)
		findings_add(findings, "kernel command line", SAY_OFF_INVALID);
	else
		findings_add(findings, "vfio_claim.mode", SAY_OFF_ASKED);
}

static int look_and_decide(const struct root *root, struct survey *survey)
{
	int r;

	if (survey->config.mode == MODE_OFF) {
		add_off_finding(&survey->config);
		return snapshot_identify(root, &survey->snapshot);
	}
	r = survey_look(root, survey);
	return r < 0 ? r : survey_decide(survey);
}

/* The trial is spent, and perhaps because looking at the hardware hung the machine: looks at nothing. */
static int give_up(struct supervised *worker, struct survey *survey, struct run *run)
{
	int r = snapshot_identify(worker->root, &survey->snapshot);

	if (r < 0)
		return r;
	run->snapshot = &survey->snapshot;
	run->unfinished = RESULT_REFUSED;
	return tell_final(worker, run);
}

int work_at_boot(struct supervised *worker, double started_at)
{
	CLEANUP(survey_done) struct survey survey = {};
	CLEANUP(outcome_done) struct outcome outcome = {};
	CLEANUP(attempt_done) struct attempt attempt = { .store.fd = -1 };
	struct run run = { .started_at = started_at, .unfinished = RESULT_FAILED };
	bool is_acting;
	int r;

	r = survey_read_config(worker->root, &survey.config);
	if (r < 0)
		return r;
	run.config = &survey.config;
	r = tell(worker, &run);
	attempt_leave_menu_flag(worker->root, &survey);
	if (r == 0 && attempt_is_given_up(worker->root, &survey.config, &attempt.status)) {
		run.trial = &attempt.status;
		return give_up(worker, &survey, &run);
	}
	if (r == 0)
		r = look_and_decide(worker->root, &survey);
	is_acting = survey.config.mode == MODE_CLAIM;
	if (r == 0 && is_acting)
		r = bring_up_virtio_iommu(worker->root, &survey);
	if (r < 0)
		return r;
	run.snapshot = &survey.snapshot;
	run.plan = survey.config.mode == MODE_OFF ? NULL : &survey.plan;
	if (is_acting && !survey.plan.n_steps)
		claim_await(worker, &survey);
	if (!is_acting || !survey.plan.n_steps)
		return tell_final(worker, &run);
	r = tell(worker, &run); /* before anything is touched */
	if (r == 0)
		r = attempt_begin(worker->root, &survey, worker->started_ms, &attempt);
	if (r < 0)
		return r;
	run.trial = &attempt.status;
	if (!survey.plan.n_steps) /* the trial is spent */
		return tell_final(worker, &run);
	if (attempt.status.standing != TRIAL_NONE && attempt.status.standing != TRIAL_OFF)
		r = tell(worker, &run); /* with the trial's state */
	if (r == 0)
		r = claim_cards(worker, &survey, false, &outcome);
	if (r < 0)
		return r;
	run.outcome = &outcome;
	if (attempt.status.standing != TRIAL_TRYING)
		return tell_final(worker, &run);
	r = tell(worker, &run); /* the firmware call that follows may never return */
	attempt_tell(&attempt, &survey, &outcome);
	return r < 0 ? r : tell_final(worker, &run);
}

struct report *work_dry(const struct root *root, int *ret_error)
{
	CLEANUP(survey_done) struct survey survey = {};
	struct run run = { .config = &survey.config };
	struct report *report;
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
	if (root->is_live)
		run.started_at = clock_seconds(CLOCK_BOOTTIME);
	report = report_take(report_build(&run));
	*ret_error = report ? 0 : -ENOMEM;
	return report;
}
