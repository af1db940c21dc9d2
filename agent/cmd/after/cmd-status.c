// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim status`: prints one line for each configured card, and returns an exit code. */
#include "cmd/after/status.h"
#include "cmd/after/trial-status.h"
#include "cmd/cmd.h"
#include "model/model.h"
#include "report/report-document.h"
#include "report/report-parse.h"
#include "survey.h"

#include <stdio.h>

static struct {
	bool wants_metrics;
} options;

static const struct verb_option rows[] = {
	{ "metrics",
	  "print the text format of Prometheus, for node_exporter's textfile collector",
	  .sets = &options.wants_metrics, .excludes_next = true },
	{},
};

static void print_card(const struct card_status *card)
{
	if (card->is_lost)
		printf("%s: lost: %s: %s has driver %s now\n", card->address, card->code,
		       card->lost, card->lost_driver ? card->lost_driver : "none");
	else if (card->is_claimed)
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
		is_said |= !status->cards[i].is_claimed;
	}
	if (status->report && !status->n_cards)
		printf("%s%s%s\n", status->report->result_word, *status->code ? ": " : "",
		       status->code);
	else if (status->report && !status->is_as_configured && !is_said)
		printf("not as configured: %s; see 'vfio-claim log'\n", status->code);
}

static int print_json(const struct status *status)
{
	struct json_object *document = document_new(), *gpus;
	const struct report *report = status->report;
	size_t size;

	if (!document)
		return -ENOMEM;
	document_add_number(document, "version", REPORT_VERSION);
	document_add_boolean(document, "as_configured", status->is_as_configured);
	document_add_string(document, "result", report ? report->result_word : NULL);
	document_add_string(document, "verified",
			    report && report->verified.is_there ?
				    verified_name(report->verified.result) :
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
	puts(document_serialize(document, &size));
	document_put(document);
	return 0;
}

static void print_trial(const struct root *root, const struct status *status)
{
	_cleanup_free_ char *text =
		status->report ? trial_describe(root, &status->report->trial) : NULL;

	if (text)
		printf("trial: %s\n", text);
}

static int print(const struct cmd *cmd, const struct status *status)
{
	_cleanup_free_ char *metrics = NULL;

	if (cmd->wants_json)
		return print_json(status);
	if (!options.wants_metrics) {
		print_text(status);
		print_trial(&cmd->root, status);
		return 0;
	}
	metrics = status_to_metrics(status);
	if (!metrics)
		return -ENOMEM;
	fputs(metrics, stdout);
	return 0;
}

/* Prints the errors of the configuration as it is now: with one of them the next boot claims nothing,
 * whatever this boot claimed. */
static bool is_config_valid(const struct config *config, struct status *status)
{
	bool is_valid = true;

	for (size_t i = 0; i < config->findings.n; i++) {
		const struct finding *finding = &config->findings.items[i];

		if (finding->severity != SEVERITY_ERROR)
			continue;
		fprintf(stderr, "vfio-claim: %s: %s\n", finding->subject, finding->text);
		if (is_valid && !*status->code)
			status->code = finding_name(finding->code);
		is_valid = false;
	}
	status->is_as_configured &= is_valid;
	return is_valid;
}

/* Without a report the boot is as configured only if nothing is configured. */
static int read_status(const struct root *root, const struct report *report,
		       const struct config *config, struct status *status)
{
	if (report)
		return status_read(root, report, status);
	status->code = "";
	status->is_as_configured = !config->n_wanted;
	return 0;
}

static int cmd_status(const struct cmd *cmd)
{
	CLEANUP(report_freep) struct report *report = NULL;
	CLEANUP(status_done) struct status status = {};
	CLEANUP(config_done) struct config config = {};
	bool is_valid;
	int r;

	r = survey_read_config(&cmd->root, &config);
	if (r < 0)
		return cmd_fail("configuration", r);
	report = cmd_read_report(&cmd->root);
	r = read_status(&cmd->root, report, &config, &status);
	if (r < 0)
		return cmd_fail("status", r);
	is_valid = is_config_valid(&config, &status);
	r = print(cmd, &status);
	if (r < 0)
		return cmd_fail("status", r);
	if (!is_valid)
		return EXIT_USAGE;
	return status.is_as_configured ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "print one line for each GPU, and return an exit code",
	.details = "Prints one line for each configured card, and returns an exit code for monitoring.\n"
		   "The textfile collector must only see a complete file:\n"
		   "vfio-claim status --metrics >x.prom.$$; mv x.prom.$$ vfio-claim.prom",
	.exit_codes =
		"Exit code: 0 all are claimed, or nothing is configured; 1 not as configured; "
		"2 the configuration is wrong.",
	.options = rows,
	.has_json = true,
	.run = cmd_status,
};
