// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status as numbers, in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). PURE.
 */
#include "cmd/after/status.h"
#include "base/buffer.h"
#include "cmd/after/verify.h"
#include "report/report.h"

#include <stdio.h>
#include <time.h>

static void head(FILE *stream, const char *name, const char *help)
{
	fprintf(stream, "# HELP vfio_claim_%s %s\n# TYPE vfio_claim_%s gauge\n", name,
		help, name);
}

static void value(FILE *stream, const char *name, const char *help, double number)
{
	head(stream, name, help);
	fprintf(stream, "vfio_claim_%s %.15g\n", name, number);
}

/* Backslash, quote and line feed are all that the format wants escaped. */
static void label(FILE *stream, const char *before, const char *name, const char *text)
{
	fprintf(stream, "%s%s=\"", before, name);
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", stream);
		else if (*text == '\\' || *text == '"')
			fprintf(stream, "\\%c", *text);
		else
			fputc(*text, stream);
	}
	fputc('"', stream);
}

static void card_value(FILE *stream, const char *name, const struct card_status *card,
		       size_t number)
{
	fprintf(stream, "vfio_claim_%s", name);
	label(stream, "{", "gpu", card->configured);
	label(stream, ",", "address", card->address);
	label(stream, ",", "kind", card->kind);
	fprintf(stream, "} %zu\n", number);
}

static void print_cards(FILE *stream, const struct status *status)
{
	head(stream, "gpu_claimed",
	     "Whether all functions of the card are on a VFIO driver now.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_claimed", &status->cards[i],
			   streq(status->cards[i].result, "claimed"));
	head(stream, "gpu_functions", "Functions of the card.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_functions", &status->cards[i],
			   status->cards[i].n_functions);
	head(stream, "gpu_functions_held", "Functions of the card on a VFIO driver now.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_functions_held", &status->cards[i],
			   status->cards[i].n_held);
}

static size_t count_findings(const struct json_object *object, const char *severity)
{
	size_t n = 0;

	for (size_t i = 0; i < report_count(object, "findings"); i++)
		n += streq(report_string(report_item(object, "findings", i), "severity"),
			   severity);
	return n;
}

static void print_findings(FILE *stream, const struct json_object *report)
{
	static const char *const severities[] = { "error", "warning", "info" };

	head(stream, "findings", "Findings of the agent and of verify in this boot.");
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++)
		fprintf(stream, "vfio_claim_findings{severity=\"%s\"} %zu\n", severities[i],
			count_findings(report, severities[i]) +
				count_findings(report_member(report, "verified"),
					       severities[i]));
}

static void print_verified(FILE *stream, const struct json_object *verified)
{
	struct tm utc = {};

	value(stream, "verified", "Whether verify ran in this boot.", verified != NULL);
	if (!verified)
		return;
	if (strptime(report_string(verified, "at"), "%Y-%m-%dT%H:%M:%SZ", &utc))
		value(stream, "verified_timestamp_seconds", "When verify ran.",
		      timegm(&utc));
	head(stream, "group_accepted",
	     "Whether VFIO gives the group to a VM, or one has it.");
	for (size_t i = 0; i < report_count(verified, "vfio"); i++) {
		const struct json_object *group = report_item(verified, "vfio", i);
		const char *answer = report_string(group, "answer");

		if (!streq(answer, "unknown"))
			fprintf(stream, "vfio_claim_group_accepted{group=\"%.0f\"} %d\n",
				report_number(group, "group"),
				streq(answer, "accepted") || streq(answer, "in-use"));
	}
}

static void print_boot(FILE *stream, const struct json_object *report)
{
	head(stream, "info", "What ran in this boot.");
	fprintf(stream, "vfio_claim_info");
	label(stream, "{", "program", report_string(report, "program"));
	label(stream, ",", "kernel", report_string(report, "kernel"));
	label(stream, ",", "mode", report_string(report, "mode"));
	label(stream, ",", "result", report_string(report, "result"));
	fprintf(stream, "} 1\n");
	value(stream, "agent_started_seconds",
	      "When the agent started, after the kernel did.",
	      report_number(report, "started_at"));
	value(stream, "agent_duration_seconds", "How long the agent took.",
	      report_number(report, "duration_ms") / 1000);
}

char *status_to_metrics(const struct status *status)
{
	struct buffer buffer;
	FILE *stream;
	char *text;

	if (buffer_open(&buffer) < 0)
		return NULL;
	stream = buffer.stream;
	value(stream, "as_configured", "Whether everything is as configured.",
	      status->is_as_configured);
	value(stream, "report_present", "Whether there is a report of this boot.",
	      status->report != NULL);
	if (status->report) {
		print_boot(stream, status->report);
		print_cards(stream, status);
		print_findings(stream, status->report);
		print_verified(stream, report_member(status->report, "verified"));
	}
	return buffer_close(&buffer, &text) < 0 ? NULL : text;
}
