// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints a boot for people: what became of each card and when, the steps that led to it, what changed
 * since the boot before, then the evidence. Decides nothing.
 */
#include "cmd/after/log-text.h"

#include "cmd/after/card-line.h"
#include "cmd/after/card-reason.h"
#include "cmd/after/compare.h"
#include "cmd/after/history.h"
#include "cmd/after/steps.h"
#include "cmd/after/when.h"
#include "cmd/cmd.h"
#include "host/pci-names.h"
#include "report/report-events.h"
#include "report/report-parse.h"

#include <stdio.h>

static enum colour result_colour(enum result result, const char *code)
{
	if (result == RESULT_CLAIMED || result == RESULT_CLAIMABLE)
		return *code ? RED : GREEN;
	return result == RESULT_REFUSED || result == RESULT_FAILED ? RED : YELLOW;
}

static void print_card(const struct page *page, struct pci_names *names,
		       const struct report *report, const struct report_gpu *gpu)
{
	bool is_good = gpu->result == RESULT_CLAIMED || gpu->result == RESULT_CLAIMABLE;
	const struct report_finding *why = is_good ? card_reason_of_verify(report, gpu) :
						     card_reason_find(report, gpu);
	const char *code = why ? why->code_word : "";
	const struct card_line line = {
		.address = *gpu->address ? gpu->address : gpu->configured,
		.id = gpu->functions.n ? gpu->functions.items[0].id : NULL,
		.state = why && why->code == FINDING_TRIAL_SPENT ? "given up" :
								   gpu->result_word,
		.code = code,
		.reason = why ? why->text : NULL,
		.remedy = why ? why->remedy : NULL,
		.is_good = is_good,
		.colour = result_colour(gpu->result, code),
	};

	card_line_print(page, names, &line);
}

static void print_result(const struct report *report)
{
	size_t n_claimed = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n_claimed += report->gpus[i].result == RESULT_CLAIMED;
	if (n_claimed && n_claimed < report->n_gpus)
		printf("%zu of %zu cards claimed", n_claimed, report->n_gpus);
	else
		fputs(report->result == RESULT_NOTHING_CONFIGURED ?
			      "nothing configured" :
			      result_name(report->result),
		      stdout);
	if (report->trial.state == TRIAL_UNFINISHED)
		fputs(", but did not come up", stdout);
}

/* "Fri 2026-11-27 19:04, 2 hours ago: claimed" */
static void print_answer(const struct cmd *cmd, const struct kept *kept)
{
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(&cmd->root);
	const struct report *report = kept->report;
	char when[WHEN_SIZE], ago[WHEN_SIZE];

	when_format(kept->started, when);
	when_ago(kept->started, time(NULL), ago);
	printf("%s%s%s%s: ", page_on(&cmd->page, BOLD),
	       *when	    ? when :
	       kept->offset ? "An earlier boot" :
			      "This boot",
	       *ago ? ", " : "", ago);
	print_result(report);
	printf("%s\n", page_off(&cmd->page, BOLD));
	for (size_t i = 0; i < report->n_gpus; i++)
		print_card(&cmd->page, names, report, &report->gpus[i]);
}

static void print_heading(const struct cmd *cmd, const char *text)
{
	printf("\n%s%s%s\n", page_on(&cmd->page, BOLD), text, page_off(&cmd->page, BOLD));
}

/* "0000:01:00.0: nothing: ...", or each step in a line below the card. */
static void print_steps_of(const struct page *page, const char *card,
			   const struct strings *steps)
{
	struct span rest = { card, strlen(card) };
	struct span word = span_next(&rest, " ");
	_cleanup_free_ char *label = text_format("%.*s: ", (int)word.size, word.text);

	if (label && steps->n == 1)
		card_line_print_text(page, 2, label, steps->items[0]);
	if (steps->n == 1)
		return;
	card_line_print_text(page, 2, "", label);
	for (size_t i = 0; i < steps->n; i++)
		card_line_print_text(page, 4, "", steps->items[i]);
}

static int print_steps(const struct cmd *cmd, const struct report *report)
{
	int r = 0;

	if (report->n_gpus)
		print_heading(cmd, "Steps");
	for (size_t i = 0; i < report->n_gpus && r == 0; i++) {
		const struct report_gpu *gpu = &report->gpus[i];
		CLEANUP(strings_done) struct strings steps = {};

		r = steps_of(report, gpu, &steps);
		if (r == 0)
			print_steps_of(&cmd->page,
				       *gpu->address ? gpu->address : gpu->configured,
				       &steps);
	}
	return r;
}

static int print_events(const struct cmd *cmd, const struct report *report)
{
	CLEANUP(report_events_done) struct report_events events;
	int r = report_events_read(report, &events);

	if (events.n)
		print_heading(cmd, "Since the boot");
	for (size_t i = 0; i < events.n; i++) {
		const struct report_event *event = &events.items[i];
		_cleanup_free_ char *label =
			text_format("%s  %s: ", event->at, event->address);
		_cleanup_free_ char *text = text_format("%s%s%s", event->kind_word,
							*event->text ? ": " : "",
							event->text);

		if (!label || !text)
			return -ENOMEM;
		card_line_print_text(&cmd->page, 2, label, text);
	}
	return r;
}

static int print_changes(const struct cmd *cmd, const struct history *history,
			 const struct kept *kept)
{
	const struct kept *before = history_before(history, kept);
	CLEANUP(strings_done) struct strings changes = {};
	_cleanup_free_ char *heading = NULL;
	char when[WHEN_SIZE];
	int r;

	if (!before)
		return 0;
	r = compare_reports(before->report, kept->report, &changes);
	if (r < 0)
		return r;
	when_format(before->started, when);
	heading = text_format("Changed since the boot before (%s%s%.*s)", when,
			      *when ? ", boot " : "boot ", HISTORY_SHORT_ID,
			      before->boot_id ? before->boot_id : "unknown");
	print_heading(cmd, heading ? heading : "Changed since the boot before");
	for (size_t i = 0; i < changes.n; i++)
		card_line_print_text(&cmd->page, 2, "", changes.items[i]);
	if (!changes.n)
		puts("  nothing");
	return 0;
}

/* Without the first line, which is the answer: that stands above already. */
static int print_report(const struct cmd *cmd, const struct report *report)
{
	_cleanup_free_ char *text = cmd_report_text(cmd, report), *heading = NULL;
	const char *rest = text ? strchr(text, '\n') : NULL;

	heading = text_format("Boot, by %s", report->program);
	if (!rest || !heading)
		return -ENOMEM;
	text_defuse(heading);
	print_heading(cmd, heading);
	fputs(rest + 1, stdout);
	return 0;
}

int log_text_print(const struct cmd *cmd, const struct history *history,
		   const struct kept *kept)
{
	int r;

	print_answer(cmd, kept);
	r = print_steps(cmd, kept->report);
	if (r == 0)
		r = print_events(cmd, kept->report);
	if (r == 0)
		r = print_changes(cmd, history, kept);
	return r < 0 ? r : print_report(cmd, kept->report);
}
