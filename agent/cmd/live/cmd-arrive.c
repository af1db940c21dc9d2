// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim arrive`: what is done when a PCI function comes after the boot. A udev rule has a unit run it
 * for each. Claims a card that the configuration names, or tells who has it instead.
 */
#include "cmd/after/verify-verdict.h"
#include "cmd/live/arrivals.h"
#include "cmd/live/live.h"
#include "report/report-file.h"
#include "report/report.h"

#include <stdio.h>

static struct {
	bool is_begin;
} options;

static const struct verb_option rows[] = {
	{ "begin",
	  "from now on functions that arrive are looked at; cards that came since the agent ran are first",
	  .sets = &options.is_begin },
	{},
};

/* Why the file, or the boot's parameters, ask for no claim; NULL: they do. */
static const char *find_unwanted(const struct config *config)
{
	if (findings_have_error(&config->findings))
		return "the configuration has an error";
	if (config->mode != MODE_CLAIM)
		return "the mode of this boot is not 'claim'";
	return config->n_wanted ? NULL : "no card is configured";
}

/* Why nothing is claimed in this boot, if the agent has not claimed, nor would have; else NULL. */
static const char *find_unclaimed(const struct report *report)
{
	if (!verify_has_run(report))
		return "the agent did not run in this boot";
	if (report->mode != MODE_CLAIM)
		return "the mode of this boot is not 'claim'";
	return report->trial.state == TRIAL_SPENT ? "the trial is spent (TRIAL_SPENT)" :
						    NULL;
}

/* For the journal of the units. */
static int stay_out(const char *reason)
{
	printf("cards that come are left to the host's drivers: %s\n", reason);
	return EXIT_AS_CONFIGURED;
}

static int carry_out(struct live_order *order)
{
	CLEANUP(report_freep) struct report *report = live_run(order);

	if (!report)
		return cmd_fail("arrive", -ENOMEM);
	live_tell(order, report);
	return EXIT_AS_CONFIGURED;
}

/* This boot's report, if the agent has claimed, or would have, had the card been there. Else it is told why
 * not, and *ret_exit has the exit code. */
static struct report *read_claiming(const struct root *root, int *ret_exit)
{
	static const char path[] = REPORT_PATH;
	struct report *report;
	const char *problem, *reason;
	int r;

	report = report_read(root, path, &problem, &r);
	reason = report ? find_unclaimed(report) : NULL;
	if (report && !reason)
		return report;
	*ret_exit = report ? stay_out(reason) : cmd_fail(path, r);
	report_free(report);
	return NULL;
}

/* What was asked of this card on the running system holds when it comes back. */
static enum live_wish find_wish(const struct report *report, const char *address)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct report_gpu *gpu = &report->gpus[i];

		if (!report_gpu_has(gpu, address))
			continue;
		if (gpu->result == RESULT_HELD)
			return LIVE_HOLD;
		if (gpu->result == RESULT_RELEASED)
			return LIVE_RELEASE;
	}
	return LIVE_CLAIM;
}

static int arrive(struct live_order *order, const char *text)
{
	const struct root *root = &order->cmd->root;
	CLEANUP(report_freep) struct report *report = NULL;
	struct bdf address;
	_cleanup_close_ int lock = -1;
	int r;

	if (!bdf_parse(text, &address))
		return verb_usage_error(order->cmd->verb, "'%s' is not an address", text);
	arrivals_settle(root, &address);
	lock = live_lock(order);
	if (lock < 0)
		return EXIT_NOT_AS_CONFIGURED;
	if (!arrivals_is_new(root, &address))
		return EXIT_AS_CONFIGURED; /* told, or gone again */
	report = read_claiming(root, &r);
	if (!report)
		return r;
	order->wish = find_wish(report, text);
	if (order->wish == LIVE_RELEASE) /* the host's drivers have it */
		return EXIT_AS_CONFIGURED;
	if (live_add_function(order, &address) < 0)
		return cmd_fail("arrive", -ENOMEM);
	return carry_out(order);
}

/* Did the agent look for the card of this line in vain? */
static bool is_missed(const struct report *report, const struct report_gpu *gpu)
{
	for (size_t i = 0; i < report->findings.n; i++)
		if (report->findings.items[i].code == FINDING_GPU_NOT_FOUND &&
		    streq(report->findings.items[i].subject, gpu->origin))
			return !gpu->functions.n;
	return false;
}

/* Cards that the agent did not find, and that may have come before the rule was there. */
static int begin(struct live_order *order)
{
	const struct root *root = &order->cmd->root;
	CLEANUP(report_freep) struct report *report = NULL;
	_cleanup_close_ int lock = live_lock(order);
	int r;

	if (lock < 0)
		return EXIT_NOT_AS_CONFIGURED;
	report = read_claiming(root, &r);
	if (!report)
		return r;
	/* The folder exists from here on, whatever there is to note. */
	r = root_replace(root, ARRIVALS_FOLDER, "begun", "", 0);
	for (size_t i = 0; i < report->n_gpus && r == 0; i++) {
		r = live_note(root, &report->gpus[i]);
		if (r == 0 && is_missed(report, &report->gpus[i]))
			r = strings_add(&order->awaited, report->gpus[i].configured);
	}
	if (r < 0)
		return cmd_fail(ARRIVALS_FOLDER, r);
	return order->awaited.n ? carry_out(order) : EXIT_AS_CONFIGURED;
}

static int cmd_arrive(const struct cmd *cmd)
{
	CLEANUP(live_order_done)
	struct live_order order = {
		.wish = LIVE_CLAIM,
		.cause = CAUSE_ARRIVAL,
	};
	const char *reason;
	int r;

	if (options.is_begin == (cmd->n_arguments > 0))
		return verb_usage_error(cmd->verb, "either ADDRESS or --begin");
	if (!cmd->root.is_live)
		return verb_usage_error(cmd->verb, "it works on the running system alone");
	r = live_begin(cmd, &order);
	reason = r ? NULL : find_unwanted(&order.config);
	if (r || reason)
		return r ? r : stay_out(reason);
	return options.is_begin ? begin(&order) : arrive(&order, cmd->arguments[0]);
}

const struct verb verb_arrive = {
	.name = "arrive",
	.arguments = "[ADDRESS]",
	.details =
		"Judges the card that the PCI function at this address belongs to, and claims it if the "
		"configuration names it. For vfio-claim-arrival@.service, which a udev rule starts.",
	.exit_codes =
		"Exit code: 0 the function was looked at; 1 that was in vain. What became of the card "
		"is an event of this boot.",
	.options = rows,
	.run = cmd_arrive,
};
