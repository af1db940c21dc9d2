// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps this boot's report: in its two files, and as a few lines in the kernel log.
 */
#include "boot/keep.h"

#include "boot/log.h"
#include "report/report-file.h"

#define KERNEL_FUNCTION_LINES 8
#define KERNEL_FINDING_LINES 3

static enum severity severity_of(enum result result)
{
	return result == RESULT_FAILED || result == RESULT_REFUSED ? SEVERITY_WARNING :
								     SEVERITY_INFO;
}

static size_t count_functions(const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n += report->gpus[i].functions.n;
	return n;
}

static void log_functions(const struct root *root, const struct report_functions *functions)
{
	for (size_t i = 0; i < functions->n; i++) {
		const struct report_function *function = &functions->items[i];

		log_kernel(root, severity_of(function->result), "%s: %s: %s, driver %s",
			   function->address, function->result_word, function->id,
			   *function->driver ? function->driver : "none");
	}
}

static void log_errors(const struct root *root, const struct report_findings *findings)
{
	unsigned told = 0;

	for (size_t i = 0; i < findings->n && told < KERNEL_FINDING_LINES; i++) {
		const struct report_finding *finding = &findings->items[i];

		if (finding->severity != SEVERITY_ERROR)
			continue;
		log_kernel(root, SEVERITY_ERROR, "%s%s%s: %s", finding->subject,
			   *finding->subject ? ": " : "", finding->code_word,
			   finding->text);
		told++;
	}
}

/* A dozen lines or so, whatever is configured. */
static void log_report(const struct root *root, const struct report *report)
{
	size_t functions = count_functions(report);
	bool is_brief = functions > KERNEL_FUNCTION_LINES;

	for (size_t i = 0; i < report->n_gpus && i < KERNEL_FUNCTION_LINES; i++) {
		const struct report_gpu *gpu = &report->gpus[i];

		if (!is_brief)
			log_functions(root, &gpu->functions);
		else
			log_kernel(root, severity_of(gpu->result), "%s: %s: %zu functions",
				   gpu->address, gpu->result_word, gpu->functions.n);
	}
	log_errors(root, &report->findings);
	if (report->trial.state == TRIAL_TRYING)
		log_kernel(root, SEVERITY_INFO, "on trial: attempt %d of %d",
			   report->trial.attempt, report->trial.limit);
	log_kernel(root, severity_of(report->result),
		   "%s: %zu card%s, %zu function%s, %.1f ms; see 'vfio-claim log'",
		   report->result_word, report->n_gpus, report->n_gpus == 1 ? "" : "s",
		   functions, functions == 1 ? "" : "s", report->duration_ms);
}

bool keep_is_good(const struct report *report)
{
	enum result result = report->result;

	return result == RESULT_CLAIMED || result == RESULT_CLAIMABLE ||
	       result == RESULT_OFF || result == RESULT_NOTHING_CONFIGURED;
}

int keep_report(const struct root *root, const struct report *report)
{
	int r = report_write(root, report);

	log_report(root, report);
	if (r < 0)
		log_kernel(root, SEVERITY_ERROR, "the report cannot be written: %s",
			   strerror(-r));
	return r == 0 && keep_is_good(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}
