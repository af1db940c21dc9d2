// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Formats the status as metrics in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure.
 */
#include "base/buffer.h"
#include "cmd/after/status.h"
#include "cmd/after/verify.h"
#include "report/report-events.h"
#include "report/report-parse.h"
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

/* The format wants only backslash, quote and line feed escaped. */
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

/* Prometheus rejects a series that comes twice: two lines may mean one card. */
static bool is_told(const struct status *status, size_t index)
{
	const struct card_status *card = &status->cards[index];

	for (size_t i = 0; i < index; i++) {
		const struct card_status *other = &status->cards[i];

		if (streq(other->address, card->address) && other->state == card->state &&
		    streq(other->kind, card->kind) && streq(other->code, card->code))
			return true;
	}
	return false;
}

static void print_states(FILE *stream, const struct status *status)
{
	head(stream, "card_state", "The state of each card: one series a card, always 1.");
	for (size_t i = 0; i < status->n_cards; i++) {
		const struct card_status *card = &status->cards[i];

		if (is_told(status, i))
			continue;
		fprintf(stream, "vfio_claim_card_state");
		label(stream, "{", "address", card->address);
		label(stream, ",", "kind", card->kind);
		label(stream, ",", "state", card_state_name(card->state));
		label(stream, ",", "code", card->code);
		fprintf(stream, "} 1\n");
	}
}

static void print_trial(FILE *stream, const struct report_trial *trial)
{
	if (!trial->is_there)
		return;
	head(stream, "trial", "The state of the trial of this boot's claim, always 1.");
	fprintf(stream, "vfio_claim_trial");
	label(stream, "{", "state", trial->state_word);
	fprintf(stream, "} 1\n");
}

static void print_cards(FILE *stream, const struct status *status)
{
	print_states(stream, status);
	head(stream, "gpu_claimed",
	     "Whether all functions of the card are on a VFIO driver now.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_claimed", &status->cards[i],
			   status->cards[i].state == CARD_CLAIMED);
	head(stream, "gpu_functions", "Functions of the card.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_functions", &status->cards[i],
			   status->cards[i].n_functions);
	head(stream, "gpu_functions_held", "Functions of the card on a VFIO driver now.");
	for (size_t i = 0; i < status->n_cards; i++)
		card_value(stream, "gpu_functions_held", &status->cards[i],
			   status->cards[i].n_held);
}

static size_t count_findings(const struct report_findings *findings, enum severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->n; i++)
		n += findings->items[i].severity == severity;
	return n;
}

static void print_findings(FILE *stream, const struct report *report)
{
	static const enum severity severities[] = { SEVERITY_ERROR, SEVERITY_WARNING,
						    SEVERITY_INFO };

	head(stream, "findings", "Findings of the agent and of verify in this boot.");
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++)
		fprintf(stream, "vfio_claim_findings{severity=\"%s\"} %zu\n",
			severity_name(severities[i]),
			count_findings(&report->findings, severities[i]) +
				count_findings(&report->verified.findings, severities[i]) +
				count_findings(&report->verified.image_findings,
					       severities[i]));
}

struct images_told {
	FILE *stream;
	struct strings series;
};

/* A kernel may have several images. */
static void print_image(struct images_told *told, const char *kernel, const char *state)
{
	_cleanup_free_ char *series = text_format("%s %s", kernel, state);

	if (!series || strings_have(&told->series, series) ||
	    strings_add(&told->series, series) < 0)
		return;
	fprintf(told->stream, "vfio_claim_image_state");
	label(told->stream, "{", "kernel", kernel);
	label(told->stream, ",", "state", state);
	fprintf(told->stream, "} 1\n");
}

/* As they are now; if none was opened, as `verify` found them in this boot. */
static void print_images(FILE *stream, const struct status *status)
{
	const struct report *report = status->report;
	struct images_told told = { .stream = stream };

	head(stream, "image_state", "The state of each boot image, always 1.");
	for (size_t i = 0; i < status->images.n; i++)
		print_image(&told, status->images.items[i].kernel,
			    image_state_name(status->images.items[i].state));
	for (size_t i = 0; report && !status->images.n && i < report->verified.n_images; i++)
		print_image(&told, report->verified.images[i].kernel,
			    report->verified.images[i].state);
	strings_done(&told.series);
}

static void print_verified(FILE *stream, const struct report_verified *verified)
{
	struct tm utc = {};

	value(stream, "verified", "Whether verify ran in this boot.", verified->is_there);
	if (!verified->is_there)
		return;
	head(stream, "verified_result", "The result of verify, always 1.");
	fprintf(stream, "vfio_claim_verified_result");
	label(stream, "{", "result", verified->result_word);
	fprintf(stream, "} 1\n");
	value(stream, "images_verified",
	      "Whether verify has judged the boot images in this boot.",
	      *verified->images_at != '\0');
	if (strptime(verified->at, "%Y-%m-%dT%H:%M:%SZ", &utc))
		value(stream, "verified_timestamp_seconds", "When verify ran.",
		      timegm(&utc));
	head(stream, "group_accepted",
	     "Whether VFIO gives the group to a VM, or one has it.");
	for (size_t i = 0; i < verified->n_vfio; i++) {
		enum vfio_answer answer = verified->vfio[i].answer;

		if (answer != VFIO_UNKNOWN)
			fprintf(stream, "vfio_claim_group_accepted{group=\"%d\"} %d\n",
				verified->vfio[i].group,
				answer == VFIO_ACCEPTED || answer == VFIO_IN_USE);
	}
}

/* A boot's report keeps a limited number of events, so this is no counter. */
static void print_events(FILE *stream, const struct report *report)
{
	CLEANUP(report_events_done) struct report_events events;

	if (report_events_read(report, &events) < 0)
		return;
	head(stream, "events", "What happened to claimed cards in this boot, by kind.");
	for (enum event_kind kind = 0; kind < EVENT_UNKNOWN; kind++) {
		size_t n = 0;

		for (size_t i = 0; i < events.n; i++)
			n += events.items[i].kind == kind;
		fprintf(stream, "vfio_claim_events{kind=\"%s\"} %zu\n",
			event_kind_name(kind), n);
	}
}

static void print_boot(FILE *stream, const struct report *report)
{
	head(stream, "info", "What ran in this boot.");
	fprintf(stream, "vfio_claim_info");
	label(stream, "{", "program", report->program);
	label(stream, ",", "kernel", report->kernel);
	label(stream, ",", "mode", report->mode_word);
	label(stream, ",", "result", report->result_word);
	fprintf(stream, "} 1\n");
	value(stream, "agent_started_seconds",
	      "When the agent started, after the kernel did.", report->started_at);
	value(stream, "agent_duration_seconds", "How long the agent took.",
	      report->duration_ms / 1000);
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
	print_cards(stream, status);
	print_images(stream, status);
	if (status->report) {
		print_boot(stream, status->report);
		print_trial(stream, &status->report->trial);
		print_findings(stream, status->report);
		print_verified(stream, &status->report->verified);
		print_events(stream, status->report);
	}
	return buffer_close(&buffer, &text) < 0 ? NULL : text;
}
