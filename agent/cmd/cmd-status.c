// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim status`: is every configured card still ours? One line for each, an exit code, and
 * the same for programs.
 */
#include "cmd.h"
#include "model.h"
#include "report-document.h"
#include "report.h"
#include "status.h"
#include "survey.h"
#include "trial-status.h"
#include "verify.h"

#include <stdio.h>

static const char usage[] =
	"Usage: vfio-claim status [--json | --metrics] [--sysroot DIR]\n"
	"Prints one line for each configured GPU. --metrics is for node_exporter's textfile\n"
	"collector, which wants a file whole:\n"
	"  vfio-claim status --metrics >x.prom.$$; mv x.prom.$$ vfio-claim.prom\n"
	"Exit code: 0 all claimed (or nothing configured), 1 anything else.\n";

static void print_card(const struct card_status *card)
{
	if (streq(card->result, "lost"))
		printf("%s: lost: %s: %s has driver %s now\n", card->address, card->code,
		       card->lost, card->lost_driver ? card->lost_driver : "none");
	else if (streq(card->result, "claimed"))
		printf("%s: claimed: %zu of %zu functions on vfio-pci\n", card->address,
		       card->n_held, card->n_functions);
	else
		printf("%s: %s%s%s\n", card->address, card->result,
		       *card->code ? ": " : "", card->code);
}

static void print_text(const struct status *status)
{
	bool is_said = false;

	for (size_t i = 0; i < status->n_cards; i++) {
		print_card(&status->cards[i]);
		is_said |= !streq(status->cards[i].result, "claimed");
	}
	if (status->report && !status->n_cards)
		printf("%s%s%s\n", report_string(status->report, "result"),
		       *status->code ? ": " : "", status->code);
	else if (status->report && !status->is_as_configured && !is_said)
		printf("not as configured: %s; see 'vfio-claim log'\n", status->code);
}

static int print_json(const struct status *status)
{
	struct json_object *document = document_new(), *gpus;
	const struct json_object *report = status->report;
	size_t size;

	if (!document)
		return -ENOMEM;
	document_add_number(document, "version", REPORT_VERSION);
	document_add_boolean(document, "as_configured", status->is_as_configured);
	document_add_string(document, "result",
			    report ? report_string(report, "result") : NULL);
	document_add_string(document, "verified",
			    report && !report_is_null(report, "verified") ?
				    verified_name(verified_of(report)) :
				    NULL);
	gpus = document_add_array(document, "gpus");
	for (size_t i = 0; i < status->n_cards; i++) {
		const struct card_status *card = &status->cards[i];
		struct json_object *gpu = document_append_object(gpus);

		document_add_string(gpu, "configured", card->configured);
		document_add_string(gpu, "kind", card->kind);
		document_add_string(gpu, "address", card->address);
		document_add_string(gpu, "result", card->result);
		document_add_string(gpu, "code", *card->code ? card->code : NULL);
		document_add_number(gpu, "functions", card->n_functions);
		document_add_number(gpu, "functions_held", card->n_held);
	}
	puts(report_serialize(document, &size));
	report_put(document);
	return 0;
}

static void print_trial(const struct root *root, const struct status *status)
{
	_cleanup_free_ char *text =
		status->report ? trial_describe(root, status->report) : NULL;

	if (text)
		printf("trial: %s\n", text);
}

static int print(const struct cmd_options *options, const struct status *status)
{
	_cleanup_free_ char *metrics = NULL;

	if (options->wants_json)
		return print_json(status);
	if (!options->wants_metrics) {
		print_text(status);
		print_trial(&options->root, status);
		return 0;
	}
	metrics = status_to_metrics(status);
	if (!metrics)
		return -ENOMEM;
	fputs(metrics, stdout);
	return 0;
}

/* No report: that is as configured only when nothing is. */
static int judge_without_report(const struct root *root, struct status *status)
{
	struct config config;
	int r;

	r = survey_read_config(root, &config);
	if (r < 0)
		return r;
	status->is_as_configured = !config.n_wanted &&
				   !findings_have_error(&config.findings);
	config_done(&config);
	return 0;
}

int cmd_status(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	CLEANUP(report_putp) struct json_object *report = NULL;
	CLEANUP(status_done) struct status status = {};
	int r;

	r = cmd_parse(argc, argv, usage, CMD_METRICS, &options);
	if (r || options.is_done)
		return r;
	report = cmd_read_report(&options.root);
	r = report ? status_read(&options.root, report, &status) :
		     judge_without_report(&options.root, &status);
	if (r == 0)
		r = print(&options, &status);
	if (r < 0)
		return cmd_fail("status", r);
	return status.is_as_configured ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}
