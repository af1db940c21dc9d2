// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What became of an order: tells each card's event, notes what was told, and answers whether all is as it
 * was asked for.
 */
#include "cmd/live/live.h"

#include "cmd/live/arrivals.h"
#include "cmd/live/events.h"
#include "report/report-file.h"
#include "report/report.h"

static enum event_kind kind_of(enum result result)
{
	switch (result) {
	case RESULT_CLAIMED:
		return EVENT_CLAIMED;
	case RESULT_RELEASED:
		return EVENT_RELEASED;
	case RESULT_HELD:
		return EVENT_HELD;
	case RESULT_REFUSED:
		return EVENT_REFUSED;
	default:
		return EVENT_FAILED;
	}
}

/* The findings about this card, as the model has them. 0 or -ENOMEM. */
static int take_findings(const struct report *report, const struct report_gpu *gpu,
			 struct findings *ret_findings)
{
	for (size_t i = 0; i < report->findings.n; i++) {
		const struct report_finding *finding = &report->findings.items[i];

		if (report_gpu_has(gpu, finding->subject) ||
		    streq(finding->subject, gpu->origin))
			findings_add_as(ret_findings, finding->severity, finding->subject,
					finding->code,
					*finding->remedy ? finding->remedy : NULL, "%s",
					finding->text);
	}
	return 0;
}

/* "0000:01:00.0 vfio-pci, 0000:01:00.1 none", to be freed */
static char *describe(const struct report_gpu *gpu)
{
	char *text = strdup("");

	for (size_t i = 0; i < gpu->functions.n && text; i++) {
		const struct report_function *function = &gpu->functions.items[i];
		char *longer = text_format("%s%s%s %s", text, *text ? ", " : "",
					   function->address,
					   *function->driver ? function->driver : "none");

		free(text);
		text = longer;
	}
	return text;
}

/* A claim of what is claimed already is no event, unless the card has just arrived. */
static bool has_changed(const struct live_order *order, const struct report_gpu *gpu)
{
	bool is_same = gpu->result == RESULT_CLAIMED && order->cause == CAUSE_COMMAND;

	for (size_t i = 0; i < gpu->functions.n; i++)
		is_same &= streq(gpu->functions.items[i].driver,
				 gpu->functions.items[i].driver_before);
	return !is_same;
}

static void tell_card(const struct live_order *order, const struct report *report,
		      const struct report_gpu *gpu)
{
	CLEANUP(findings_done) struct findings findings = {};
	_cleanup_free_ char *text = describe(gpu);
	struct event event = {
		.kind = kind_of(gpu->result),
		.cause = order->cause,
		.text = text ? text : "",
		.findings = &findings,
	};

	if (!bdf_parse(gpu->address, &event.address) ||
	    take_findings(report, gpu, &findings) < 0)
		return;
	/* A card that a command was refused is as it was, and so is its place in the report. */
	event_tell_or_warn(&order->cmd->root, &event,
			   gpu->result == RESULT_REFUSED && order->cause == CAUSE_COMMAND ?
				   NULL :
				   gpu);
}

int live_note(const struct root *root, const struct report_gpu *gpu)
{
	int r = 0;

	for (size_t i = 0; i < gpu->functions.n && r == 0; i++) {
		struct bdf address;

		if (bdf_parse(gpu->functions.items[i].address, &address))
			r = arrivals_note(root, &address);
		if (r == -ENOENT) /* it is gone again */
			r = 0;
	}
	return r;
}

void live_tell(const struct live_order *order, const struct report *report)
{
	const struct root *root = &order->cmd->root;
	bool has_arrivals = root_exists(root, ARRIVALS_FOLDER);
	int r = 0;

	for (size_t i = 0; i < report->n_gpus; i++) {
		if (!live_is_meant(order, &report->gpus[i]))
			continue;
		if (has_changed(order, &report->gpus[i]))
			tell_card(order, report, &report->gpus[i]);
		if (has_arrivals && r == 0)
			r = live_note(root, &report->gpus[i]);
	}
	if (r < 0)
		cmd_fail(ARRIVALS_FOLDER, r); /* it may be told twice */
}

static bool has_same_result(const struct report *boot, const struct report_gpu *gpu)
{
	for (size_t i = 0; i < boot->n_gpus; i++)
		if (report_gpu_has(&boot->gpus[i], gpu->address) &&
		    boot->gpus[i].result == gpu->result)
			return true;
	return false;
}

bool live_is_remembered(const struct live_order *order, const struct report *report)
{
	CLEANUP(report_freep) struct report *boot = NULL;
	const char *problem;
	int r;

	boot = report_read(&order->cmd->root, REPORT_PATH, &problem, &r);
	for (size_t i = 0; boot && i < report->n_gpus; i++)
		if (live_is_meant(order, &report->gpus[i]) &&
		    !has_same_result(boot, &report->gpus[i]))
			return false;
	return true;
}

bool live_is_done(const struct live_order *order, const struct report *report)
{
	static const enum result wished[] = { RESULT_CLAIMED, RESULT_RELEASED, RESULT_HELD };
	bool is_any = false;

	for (size_t i = 0; i < report->n_gpus; i++) {
		if (!live_is_meant(order, &report->gpus[i]))
			continue;
		if (report->gpus[i].result !=
		    (order->is_dry_run ? RESULT_CLAIMABLE : wished[order->wish]))
			return false;
		is_any = true;
	}
	return is_any;
}
