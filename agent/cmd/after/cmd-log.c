// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim log`: prints the report of a boot and the changes since the boot before it, or lists the
 * boots whose reports are kept.
 */
#include "base/clock.h"
#include "cmd/after/compare.h"
#include "cmd/after/history.h"
#include "cmd/after/log-html.h"
#include "cmd/after/since.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/table.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

static struct {
	const char *boot, *since; /* NULL: not given */
	bool wants_list, wants_headings, wants_html;
	const char *output; /* NULL: standard output */
} options = { .wants_headings = true };

static const struct verb_option rows[] = {
	{ "boot",
	  "the boot to show: 0 is this boot, -1 the boot before; or a boot id or its beginning",
	  .argument = "BOOT", .string = &options.boot, .values = "0 -1 -2 -3",
	  .excludes_next = true },
	{ "list", "print one line for each boot whose report is kept",
	  .sets = &options.wants_list },
	{ "since",
	  "list only boots since this time: a date, 'date time', or -90m, -12h, -2d, -3w",
	  .argument = "TIME", .string = &options.since, .values = "-12h -1d -1w" },
	{ "noheadings", "with --list: do not print headings", .letter = 'n',
	  .clears = &options.wants_headings },
	{ "html", "write the boot's story as a page of HTML, for a bug report",
	  .sets = &options.wants_html },
	{ "output", "with --html: write to this file instead of standard output",
	  .letter = 'o', .argument = "FILE", .string = &options.output },
	{},
};

static bool is_as_configured(const struct report *report)
{
	return report->result == RESULT_CLAIMED ||
	       report->result == RESULT_NOTHING_CONFIGURED;
}

static void print_problem(const struct kept *kept)
{
	fprintf(stderr, "vfio-claim: '%s': %s\n", kept->path, kept->problem);
}

/* One boot ------------------------------------------------------------------------------------- */

/* The next older boot whose report can be read. */
static const struct kept *find_before(const struct history *history, const struct kept *kept)
{
	for (const struct kept *k = kept + 1; k < history->items + history->n; k++)
		if (k->report)
			return k;
	return NULL;
}

static void format_local(time_t time, char buffer[static CLOCK_TEXT_SIZE])
{
	struct tm local;

	if (time == -1 || !localtime_r(&time, &local) ||
	    !strftime(buffer, CLOCK_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &local))
		*buffer = '\0';
}

static int print_changes(const struct history *history, const struct kept *kept)
{
	const struct kept *before = find_before(history, kept);
	CLEANUP(strings_done) struct strings changes = {};
	char when[CLOCK_TEXT_SIZE];
	int r;

	if (!before)
		return 0;
	r = compare_reports(before->report, kept->report, &changes);
	if (r < 0)
		return r;
	format_local(before->started, when);
	printf("\nChanged since the boot before (%s%s%s)\n", when,
	       *when ? ", boot " : "boot ", before->boot_id);
	for (size_t i = 0; i < changes.n; i++)
		printf("  %s\n", changes.items[i]);
	if (!changes.n)
		printf("  nothing\n");
	return 0;
}

static int write_page(const struct cmd *cmd, const struct history *history,
		      const struct kept *kept)
{
	FILE *stream;
	int r = output_open(options.output, &stream), closed;

	if (r < 0)
		return r;
	r = log_html(cmd, kept, find_before(history, kept), stream);
	closed = output_close(options.output, stream);
	return r < 0 ? r : closed;
}

static int print_boot(const struct cmd *cmd, const struct history *history,
		      const struct kept *kept)
{
	int r = cmd_print_report(cmd, kept->report);

	return r < 0 || cmd->wants_json ? r : print_changes(history, kept);
}

static int show_boot(const struct cmd *cmd, const struct history *history)
{
	const char *boot = options.boot ? options.boot : "0";
	const struct kept *kept = history_find(history, boot);
	int r;

	if (!kept && streq(boot, "0")) {
		cmd_say_no_report();
		return EXIT_NOT_AS_CONFIGURED;
	}
	if (!kept) {
		fprintf(stderr,
			"vfio-claim: no report of boot '%s' is kept, or several boot ids "
			"begin like that; 'vfio-claim log --list' shows all\n",
			boot);
		return EXIT_NOT_AS_CONFIGURED;
	}
	if (!kept->report) {
		print_problem(kept);
		return EXIT_NOT_AS_CONFIGURED;
	}
	r = options.wants_html ? write_page(cmd, history, kept) :
				 print_boot(cmd, history, kept);
	if (r < 0)
		return cmd_fail("log", r);
	return is_as_configured(kept->report) ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}

/* All boots ------------------------------------------------------------------------------------ */

/* "on-trial 1/2"; a boot before this one that was never confirmed is "unfinished 1/2". */
static void format_trial(const struct kept *kept, char *buffer, size_t size)
{
	const struct report_trial *trial = &kept->report->trial;
	bool is_counted = trial->state == TRIAL_TRYING || trial->state == TRIAL_UNFINISHED;
	const char *state = kept->offset < 0 && is_counted ?
				    trial_standing_name(TRIAL_UNFINISHED) :
				    trial->state_word;

	if (is_counted && trial->attempt)
		snprintf(buffer, size, "%s %d/%d", state, trial->attempt, trial->limit);
	else
		snprintf(buffer, size, "%s", state);
}

static int add_boot(struct libscols_table *table, const struct cmd *cmd,
		    const struct kept *kept)
{
	const struct report *report = kept->report;
	char offset[16], when[CLOCK_TEXT_SIZE] = "", trial[32] = "";
	const char *cells[] = {
		offset,
		kept->boot_id,
		when,
		report ? report->kernel : "",
		report ? report->result_word : "unreadable",
		report ? report->verified.result_word : "",
		trial,
	};

	if (report)
		format_trial(kept, trial, sizeof(trial));
	snprintf(offset, sizeof(offset), "%d", kept->offset);
	if (!cmd->wants_json)
		format_local(kept->started, when);
	else if (kept->started != -1)
		clock_format_iso(kept->started, when);
	return table_add(table, cells, ARRAY_SIZE(cells));
}

static int show_list(const struct cmd *cmd, const struct history *history, time_t since)
{
	static const struct table_column columns[] = {
		{ "offset", .is_right = true, .is_number = true },
		{ "boot_id" },
		{ "started" },
		{ "kernel" },
		{ "result" },
		{ "verified" },
		{ "trial" },
	};
	CLEANUP(table_freep)
	struct libscols_table *table = table_new("boots", cmd->wants_json,
						 options.wants_headings, columns,
						 ARRAY_SIZE(columns));
	int r = 0;

	if (!table)
		return cmd_fail("log", -ENOMEM);
	for (size_t i = 0; i < history->n && r == 0; i++) {
		const struct kept *kept = &history->items[i];

		if (!kept->report)
			print_problem(kept);
		/* A file without a report's name belongs to no boot. */
		if (kept->report || kept->boot_id)
			if (!options.since || kept->started >= since)
				r = add_boot(table, cmd, kept);
	}
	if (r == 0)
		r = table_print(table, "boots", cmd->wants_json);
	return r < 0 ? cmd_fail("log", r) : EXIT_AS_CONFIGURED;
}

static int cmd_log(const struct cmd *cmd)
{
	CLEANUP(history_done) struct history history = {};
	time_t since = -1;
	int r;

	if (options.since)
		since = since_parse(options.since, time(NULL));
	if (options.since && since == -1)
		return verb_usage_error(cmd->verb, "'%s' is not a time", options.since);
	if (options.wants_html && (options.wants_list || options.since || cmd->wants_json))
		return verb_usage_error(cmd->verb,
					"--html shows one boot, as a page alone");
	if (options.output && !options.wants_html)
		return verb_usage_error(cmd->verb, "--output needs --html");
	if (options.boot && (options.wants_list || options.since))
		return verb_usage_error(cmd->verb, "show one boot or a list, not both");
	r = history_read(&cmd->root, &history);
	if (r < 0)
		return cmd_fail("'" HISTORY_FOLDER "'", r);
	return options.wants_list || options.since ? show_list(cmd, &history, since) :
						     show_boot(cmd, &history);
}

const struct verb verb_log = {
	.name = "log",
	.summary = "show what the agent saw, decided and did in this boot or earlier ones",
	.details = "Prints what the agent saw, decided and did in this boot or an earlier one, "
		   "and what changed since the boot before it; see vfio-claim-report(5).",
	.exit_codes =
		"Exit code: 0 the cards were claimed in that boot, or nothing was configured, or a "
		"list was printed; 1 anything else.",
	.options = rows,
	.has_json = true,
	.run = cmd_log,
};
