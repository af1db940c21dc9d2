// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes a report's document and its plain data together. Never writes a file. */
#include "report/report-change.h"

#include "model/function.h"
#include "report/report-document.h"

static void set_result(struct json_object *object, enum result result,
		       enum result *ret_result, const char **ret_word)
{
	*ret_result = result;
	*ret_word = result_name(result);
	document_add_string(object, "result", *ret_word);
}

void report_set_duration(struct report *report, double duration_ms)
{
	report->duration_ms = duration_ms;
	document_add_rounded(report->document, "duration_ms", duration_ms, 1);
}

void report_set_trial(struct report *report, enum trial_standing state)
{
	struct report_trial *trial = &report->trial;

	if (!trial->is_there)
		return;
	trial->state = state;
	trial->state_word = trial_standing_name(state);
	document_add_string(document_member(report->document, "trial"), "state",
			    trial->state_word);
}

int report_set_verified(struct report *report, struct json_object *verified)
{
	document_add(report->document, "verified", verified);
	return report_read_verified(report);
}

struct json_object *report_verified_object(const struct report *report)
{
	struct json_object *verified = document_member(report->document, "verified");

	return document_is_object(verified) ? verified : NULL;
}

void report_add_error(struct report *report, enum finding_code code, const char *subject,
		      const char *text, const char *remedy)
{
	struct json_object *findings = document_member(report->document, "findings");

	if (!document_is_array(findings))
		findings = document_add_array(report->document, "findings");
	document_append_finding(findings, SEVERITY_ERROR, code, subject, text, remedy);
	report_read_findings(report);
}

void report_set_driver(struct report_function *function, const char *driver)
{
	if (!function->object)
		return;
	document_add_string(function->object, "driver", driver);
	function->driver = document_string(function->object, "driver");
	set_result(function->object,
		   driver && is_vfio_driver(driver) ? RESULT_CLAIMED : RESULT_FAILED,
		   &function->result, &function->result_word);
}

bool report_is_whole(const struct report_gpu *gpu)
{
	for (size_t i = 0; i < gpu->functions.n; i++)
		if (gpu->functions.items[i].result != RESULT_CLAIMED)
			return false;
	return gpu->functions.n > 0;
}

void report_settle(struct report *report)
{
	enum result whole = report->n_gpus ? RESULT_CLAIMED : RESULT_FAILED;

	for (size_t i = 0; i < report->n_gpus; i++) {
		struct report_gpu *gpu = &report->gpus[i];

		if (gpu->object && gpu->result != RESULT_REFUSED &&
		    !is_given_away(gpu->result))
			set_result(gpu->object,
				   report_is_whole(gpu) ? RESULT_CLAIMED : RESULT_FAILED,
				   &gpu->result, &gpu->result_word);
		if (!gpu->object || gpu->result == RESULT_FAILED)
			whole = RESULT_FAILED;
		else if (gpu->result != RESULT_CLAIMED && whole == RESULT_CLAIMED)
			whole = gpu->result;
	}
	set_result(report->document, whole, &report->result, &report->result_word);
}
