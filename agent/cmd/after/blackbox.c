// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes reports from the black boxes of boots on trial that filed none, and files them. */
#include "cmd/after/blackbox.h"

#include "cmd/after/history.h"
#include "facts/platform.h"
#include "report/report-document.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "trial/trial-store.h"

static const char *result_of(enum trial_stage stage)
{
	return result_name(stage == TRIAL_STAGE_CLAIMED ? RESULT_CLAIMED :
			   stage == TRIAL_STAGE_REFUSED ? RESULT_REFUSED :
							  RESULT_FAILED);
}

static const char *story_of(enum trial_stage stage)
{
	static const char *const stories[] = {
		[TRIAL_STAGE_CLAIMING] = "the last sign of life came during the claim",
		[TRIAL_STAGE_CLAIMED] =
			"everything was claimed; there was no later sign of life",
		[TRIAL_STAGE_FAILED] =
			"not everything could be claimed; there was no later sign of life",
		[TRIAL_STAGE_REFUSED] =
			"nothing was claimed any more; there was no later sign of life",
	};

	return stories[stage];
}

/* The functions of one slot are one card, and follow each other in the box. */
static void add_functions(struct json_object *report, const struct trial_box *box)
{
	struct json_object *gpus = document_add_array(report, "gpus"), *functions = NULL;
	char address[PCI_ADDRESS_SIZE];

	for (unsigned i = 0; i < box->n_functions && i < TRIAL_BOX_FUNCTIONS; i++) {
		const struct trial_function *function = &box->functions[i];
		const char *result = result_name(function->result);
		struct json_object *object;

		bdf_format(&function->address, address);
		if (!i || !bdf_is_same_slot(&function->address,
					    &box->functions[i - 1].address)) {
			object = document_append_object(gpus);
			document_add_string(object, "configured", address);
			document_add_string(object, "kind", "gpu");
			document_add_string(object, "address", address);
			document_add_string(object, "result", result);
			functions = document_add_array(object, "functions");
		}
		object = document_append_object(functions);
		document_add_string(object, "address", address);
		document_add_string(object, "result", result);
	}
}

static void add_findings(struct json_object *report, const struct trial_box *box)
{
	struct json_object *findings = document_add_array(report, "findings");

	for (unsigned i = 0; i < box->n_findings; i++) {
		enum finding_code code = finding_parse(box->findings[i]);

		if (code != FINDING_UNKNOWN)
			document_append_finding(findings, finding_severity(code), code,
						NULL, "the black box holds only this code",
						NULL);
	}
}

struct report *blackbox_to_report(const struct trial_box *box)
{
	struct json_object *document = document_new(), *trial;
	char boot_id[BOOT_ID_SIZE];

	if (!document)
		return NULL;
	document_add_number(document, "version", REPORT_VERSION);
	document_add_string(document, "program", "vfio-claim " VERSION);
	document_add_string(document, "boot_id",
			    trial_format_boot_id(box->boot_id, boot_id));
	document_add_string(document, "kernel", box->kernel);
	document_add_number(document, "duration_ms", box->elapsed_ms);
	document_add_string(document, "mode", mode_name(MODE_CLAIM));
	document_add_string(document, "result", result_of(box->stage));
	document_add_boolean(document, "black_box", true);
	trial = document_add_object(document, "trial");
	document_add_string(trial, "state", trial_standing_name(TRIAL_UNFINISHED));
	document_add_number(trial, "attempt", box->attempt);
	document_add_number(trial, "limit", box->limit);
	document_add_string(trial, "reason", story_of(box->stage));
	add_functions(document, box);
	add_findings(document, box);
	return report_take(document);
}

static bool is_filed(const struct history *history, const char *boot_id)
{
	for (size_t i = 0; i < history->n; i++)
		if (is_string_equal(history->items[i].boot_id, boot_id))
			return true;
	return false;
}

int blackbox_file_at(const struct root *root, const char *folder,
		     const struct trial_record *record)
{
	CLEANUP(history_done) struct history history = {};
	char this_boot[PLATFORM_BOOT_ID_SIZE], boot_id[BOOT_ID_SIZE];
	int r;

	r = platform_read_boot_id(root, this_boot);
	if (r == 0)
		r = history_read(root, &history);
	for (size_t i = 0; i < record->n_boxes && r >= 0; i++) {
		const struct trial_box *box = &record->boxes[i];
		CLEANUP(report_freep) struct report *report = NULL;
		_cleanup_free_ char *path = NULL;

		trial_format_boot_id(box->boot_id, boot_id);
		if (streq(boot_id, this_boot) || is_filed(&history, boot_id))
			continue;
		report = blackbox_to_report(box);
		if (!report)
			return -ENOMEM;
		r = history_file_at(root, folder, box->started, report, &path);
	}
	return r < 0 ? r : 0;
}

int blackbox_file(const struct root *root)
{
	struct trial_record record;
	int r;

	r = trial_load(root, &record);
	if (r == -EOPNOTSUPP || r == -ENODEV || r == -ENOENT || r == -EBADMSG)
		return 0; /* no record */
	if (r < 0)
		return r;
	return blackbox_file_at(root, HISTORY_FOLDER, &record);
}
