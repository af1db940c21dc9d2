// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim check`: judges the cards as the agent will at the next boot, and prints findings,
 * remedies and the next command to run. Touches nothing.
 */
#include "cmd/check.h"

#include "cmd/cmd.h"
#include "decide/advice.h"
#include "decide/select.h"
#include "model/function.h"
#include "report/report-parse.h"

#include <stdio.h>

static struct {
	bool is_strict;
} options;

static const struct verb_option rows[] = {
	{ "strict", "exit with 1 for a warning too", .sets = &options.is_strict },
	{},
};

/* The next command -------------------------------------------------------------------------------- */

static void PRINTF_LIKE(2, 3) print_next(const struct check *check, const char *format, ...)
{
	const struct page *page = &check->cmd->page;
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	printf("\n%sNext:%s ", page_on(page, BOLD), page_off(page, BOLD));
	page_wrap(page, stdout, 6, 6, text ? text : "");
}

/* Only the kernel command line is wrong, which setup can change. */
static bool is_fixed_by_parameter(const struct check *check)
{
	const struct findings *findings = &check->survey.plan.findings;
	const struct snapshot *snapshot = &check->survey.snapshot;
	struct advice advice;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    findings->items[i].code != FINDING_IOMMU_OFF_KERNEL)
			return false;
	return advice_iommu(&snapshot->iommu, &snapshot->platform, &advice) &&
	       advice.has_wish;
}

#define FOLLOW "follow the remedies above, then run 'vfio-claim check' again"

struct choice {
	const struct function *claimable; /* the best of those that can be claimed */
	const struct function *fixable;	  /* by a parameter of the kernel */
	size_t n_claimable, n_refused;
};

/* The host can do without a display that has no console, and rather without a card than without the
 * processor's own display, on bus 0. */
static unsigned rank(const struct function *function)
{
	return function ? 1 + 2 * !has_console(function) + (function->address.bus != 0) : 0;
}

static void choose(const struct check *check, const struct function *function,
		   struct choice *choice)
{
	const struct function **best = NULL;

	if (check->survey.plan.targets[0].verdict == VERDICT_CLAIM) {
		best = &choice->claimable;
		choice->n_claimable++;
	} else {
		best = is_fixed_by_parameter(check) ? &choice->fixable : NULL;
		choice->n_refused++;
	}
	if (best && rank(function) > rank(*best))
		*best = function;
}

static void print_setup(const struct check *check, const struct choice *choice)
{
	char address[PCI_ADDRESS_SIZE];

	if (choice->claimable)
		bdf_format(&choice->claimable->address, address);
	if (choice->claimable && choice->n_refused && has_console(choice->claimable))
		print_next(check,
			   "follow the remedies above for the card that a VM shall have; "
			   "'vfio-claim setup %s' would claim the display with the console",
			   address);
	else if (choice->claimable)
		print_next(check, "run 'vfio-claim setup %s'%s", address,
			   choice->n_claimable > 1 ?
				   ", or with the address of another card" :
				   "");
	else if (choice->fixable)
		print_next(check, "run 'vfio-claim setup --apply-cmdline %s'",
			   bdf_format(&choice->fixable->address, address));
	else
		print_next(check, FOLLOW);
}

static void print_next_unconfigured(struct check *check)
{
	const struct snapshot *snapshot = &check->survey.snapshot;
	struct choice choice = {};
	bool has_display = false;

	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_gpu(&snapshot->functions[i]) &&
		    check_alone(check, &snapshot->functions[i]) == 0) {
			has_display = true;
			choose(check, &snapshot->functions[i], &choice);
		}
	if (has_display)
		print_setup(check, &choice);
	else
		print_next(check,
			   "see whether 'lspci' shows the card; if it does not, look at its seat and its power");
}

/* "0000:01:00.0 0000:02:00.0", to be freed: `setup` replaces all cards by those it is given. */
static char *list_cards(const struct check *check)
{
	const struct plan *plan = &check->survey.plan;
	char *list = strdup(""), address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < plan->n_targets && list; i++) {
		const struct target *target = &plan->targets[i];
		_cleanup_free_ char *before = list;

		if (target->wanted->kind == WANTED_GPU && target->n_functions) {
			size_t index = target->functions[0];

			bdf_format(&check->survey.snapshot.functions[index].address,
				   address);
			list = text_format("%s%s%s", before, *before ? " " : "", address);
		} else {
			list = steal(before);
		}
	}
	return list;
}

static bool is_in_file(const struct config *file, const struct snapshot *snapshot,
		       const struct function *function)
{
	for (size_t i = 0; i < file->n_wanted; i++) {
		struct selection selection =
			identity_resolve(&file->wanted[i].identity, snapshot);

		if (selection.function == function)
			return true;
	}
	return false;
}

enum progress { NOT_CONFIGURED, NOT_CLAIMED, CLAIMED };

static enum progress progress_of(const struct check *check)
{
	const struct survey *survey = &check->survey;
	enum progress progress = CLAIMED;
	struct config file;

	if (survey_read_config_file(&check->cmd->root, &file) < 0)
		return NOT_CLAIMED;
	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct function *function =
			&survey->snapshot.functions[survey->plan.targets[i].functions[0]];

		if (check->cmd->n_arguments &&
		    !is_in_file(&file, &survey->snapshot, function))
			progress = NOT_CONFIGURED;
		else if (progress == CLAIMED &&
			 !(function->driver && is_vfio_driver(function->driver)))
			progress = NOT_CLAIMED;
	}
	config_done(&file);
	return progress;
}

static void print_next_claimable(const struct check *check, const char *cards)
{
	switch (progress_of(check)) {
	case NOT_CONFIGURED:
		print_next(check, "run 'vfio-claim setup %s'", cards);
		break;
	case NOT_CLAIMED:
		print_next(check,
			   "run 'vfio-claim status', which says whether the boot images hold this "
			   "configuration, then reboot");
		break;
	case CLAIMED:
		print_next(check,
			   "nothing is to be done: vfio-pci has what is to be claimed, "
			   "and the next boot will claim it again");
		break;
	}
}

static void print_next_step(struct check *check, const struct report *report)
{
	_cleanup_free_ char *cards = NULL;

	if (check->is_unconfigured) {
		print_next_unconfigured(check);
		return;
	}
	cards = list_cards(check);
	if (findings_have_error(&check->survey.config.findings))
		print_next(check,
			   "correct what is named above, then run 'vfio-claim check' again");
	else if (report->result == RESULT_CLAIMABLE && cards)
		print_next_claimable(check, cards);
	else if (is_fixed_by_parameter(check) && cards && *cards)
		print_next(check, "run 'vfio-claim setup --apply-cmdline %s'", cards);
	else
		print_next(check, FOLLOW);
}

/* --------------------------------------------------------------------------------------------- */

static bool have_warning(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_WARNING)
			return true;
	return false;
}

static int exit_code(const struct check *check, const struct report *report)
{
	const struct survey *survey = &check->survey;

	if (findings_have_error(&survey->config.findings) || check->is_vf_wrong)
		return EXIT_USAGE;
	if (check->is_unconfigured)
		return EXIT_AS_CONFIGURED;
	if (report->result == RESULT_REFUSED || report->result == RESULT_OFF)
		return EXIT_NOT_AS_CONFIGURED;
	if (options.is_strict && (have_warning(&survey->config.findings) ||
				  have_warning(&survey->snapshot.findings) ||
				  have_warning(&survey->plan.findings)))
		return EXIT_NOT_AS_CONFIGURED;
	return EXIT_AS_CONFIGURED;
}

static int run(struct check *check)
{
	CLEANUP(report_freep) struct report *report = NULL;
	size_t size;
	int r;

	r = check_look(check);
	if (r < 0)
		return cmd_fail("check", r);
	report = check_report(check);
	if (!report)
		return cmd_fail("check", -ENOMEM);
	r = exit_code(check, report);
	if (check->cmd->wants_json) {
		puts(report_serialize(report, &size));
		return r;
	}
	check_print(check, report);
	print_next_step(check, report);
	return r;
}

static int cmd_check(const struct cmd *cmd)
{
	struct check check = { .cmd = cmd };
	int r;

	r = survey_read_config(&cmd->root, &check.survey.config);
	if (r < 0)
		return cmd_fail("configuration", r);
	if (cmd->n_arguments) {
		r = cmd_select_written(cmd, &check.survey.config, cmd->arguments,
				       cmd->n_arguments);
		if (r) {
			survey_done(&check.survey);
			return r;
		}
	}
	r = run(&check);
	survey_done(&check.survey);
	return r;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "judge the configured cards, or those named, and print remedies",
	.arguments = "[SELECTOR...]",
	.details =
		"Judges the cards as the agent will at the next boot: the cards that the selectors "
		"name, or else those configured, or else every display, as if it alone were to be "
		"claimed. Prints a verdict for each card, then evidence, findings and remedies, "
		"and the next command to run. SELECTORS in vfio-claim(8) has the ways to name a "
		"card. Touches nothing.",
	.exit_codes =
		"Exit code: 0 the cards can be claimed at the next boot, or nothing is "
		"configured and no card was named; 1 a configured or named card is "
		"refused, or with --strict there is a warning; 2 the configuration or a "
		"selector is wrong.",
	.options = rows,
	.has_json = true,
	.run = cmd_check,
};
