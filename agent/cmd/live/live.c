// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims cards on the running system, or gives them back: with the boot agent's judgement and executor, in
 * a child with a deadline. Adds what only a running system has: who uses the card.
 */
#include "cmd/live/live.h"

#include "base/clock.h"
#include "act/claim.h"
#include "act/supervise.h"
#include "cmd/live/arrivals.h"
#include "cmd/live/release.h"
#include "cmd/selector.h"
#include "decide/known-merge.h"
#include "decide/remedies.h"
#include "host/bootdisk/bootdisk.h"
#include "host/users.h"
#include "model/finding.h"
#include "model/function.h"
#include "report/report-document.h"
#include "report/report.h"

#include <stdio.h>
#include <time.h>

/* Before -------------------------------------------------------------------------------------- */

int live_add_function(struct live_order *order, const struct bdf *address)
{
	struct bdf *functions =
		reallocarray(order->functions, order->n_functions + 1, sizeof(*functions));

	if (!functions)
		return -ENOMEM;
	order->functions = functions;
	order->functions[order->n_functions++] = *address;
	return 0;
}

int live_begin(const struct cmd *cmd, struct live_order *order)
{
	int r = survey_read_config(&cmd->root, &order->config);

	order->cmd = cmd;
	return r < 0 ? cmd_fail("configuration", r) : 0;
}

int live_prepare(const struct cmd *cmd, struct live_order *order)
{
	int r = live_begin(cmd, order);

	for (size_t i = 0; i < cmd->n_arguments && r == 0; i++) {
		struct identity identity;

		r = selector_resolve(&cmd->root, cmd->arguments[i], &identity);
		if (r == 0 && !identity.has_address)
			r = verb_usage_error(cmd->verb,
					     "'%s': name the card by its address or its name",
					     cmd->arguments[i]);
		if (r == 0)
			r = live_add_function(order, &identity.address);
		if (r < 0)
			r = cmd_fail("selector", r);
	}
	return r;
}

void live_order_done(struct live_order *order)
{
	free(order->functions);
	strings_done(&order->awaited);
	config_done(&order->config);
}

int live_lock(const struct live_order *order)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 };
	const struct root *root = &order->cmd->root;
	int64_t deadline = clock_ms() + order->config.timeout_s * 1000ll;
	int lock = root_lock(root, REPORT_FOLDER, REPORT_LOCK);

	while (lock == -EWOULDBLOCK && clock_ms() < deadline) {
		nanosleep(&moment, NULL);
		lock = root_lock(root, REPORT_FOLDER, REPORT_LOCK);
	}
	if (lock == -EWOULDBLOCK)
		fputs("vfio-claim: another vfio-claim is changing a card, and has not ended in time; if "
		      "a driver keeps it (see the kernel log), reboot\n",
		      stderr);
	else if (lock < 0)
		cmd_fail(REPORT_FOLDER "/" REPORT_LOCK, lock);
	return lock;
}

/* The cards meant ------------------------------------------------------------------------------ */

static bool is_among(const struct strings *strings, const char *text)
{
	return !strings->n || strings_have(strings, text);
}

bool live_is_meant(const struct live_order *order, const struct report_gpu *gpu)
{
	char address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < order->n_functions; i++)
		if (report_gpu_has(gpu, bdf_format(&order->functions[i], address)))
			return true;
	return !order->n_functions && is_among(&order->awaited, gpu->configured);
}

static bool is_target_meant(const struct live_order *order, const struct survey *survey,
			    const struct target *target)
{
	for (size_t i = 0; i < target->n_functions; i++)
		for (size_t k = 0; k < order->n_functions; k++)
			if (!bdf_compare(&survey->snapshot.functions[target->functions[i]].address,
					 &order->functions[k]))
				return true;
	return !order->n_functions && is_among(&order->awaited, target->wanted->text);
}

/* Does a line of the configuration mean each function that was asked for? */
static bool is_configured(const struct live_order *order, const struct survey *survey)
{
	size_t n = 0;

	for (size_t i = 0; i < survey->plan.n_targets; i++)
		n += survey->plan.targets[i].n_functions &&
		     is_target_meant(order, survey, &survey->plan.targets[i]);
	return n >= order->n_functions;
}

/* Cards that the configuration does not name are claimed for this boot alone. */
static int select_unconfigured(const struct live_order *order, struct survey *survey)
{
	CLEANUP(strings_done) struct strings selectors = {};
	char text[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < order->n_functions; i++)
		if (strings_add(&selectors, bdf_format(&order->functions[i], text)) < 0)
			return -ENOMEM;
	return cmd_select(&survey->config, selectors.items, selectors.n) ? -EINVAL : 0;
}

/* A module is loaded only for a target that still needs it. */
static void drop_steps(struct plan *plan, size_t target, bool keeps_override)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (step->action == STEP_LOAD || step->target != target ||
		    (keeps_override && step->action == STEP_OVERRIDE))
			plan->steps[n++] = *step;
	}
	plan->n_steps = n;
}

/* Nothing is done to a card that is refused, not even to hold it: it may be at work. */
static void refuse(struct plan *plan, size_t target)
{
	plan->targets[target].verdict = VERDICT_REFUSE;
	drop_steps(plan, target, false);
}

static size_t count_on_vfio(const struct survey *survey, const struct target *target)
{
	size_t n = 0;

	for (size_t i = 0; i < target->n_functions; i++) {
		const char *driver =
			survey->snapshot.functions[target->functions[i]].driver;

		n += driver && is_vfio_driver(driver);
	}
	return n;
}

/* A claim takes a card from the host, a release from a VM. */
static bool has_users_to_ask(enum live_wish wish, size_t n_on_vfio,
			     const struct target *target)
{
	return wish == LIVE_CLAIM   ? n_on_vfio < target->n_functions :
	       wish == LIVE_RELEASE ? n_on_vfio :
				      true;
}

/* Arrivals ------------------------------------------------------------------------------------- */

/* A driver of the host was asked before vfio-pci. */
static void add_lost_findings(struct survey *survey, const struct target *target)
{
	char subject[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < target->n_functions; i++) {
		const struct function *function =
			&survey->snapshot.functions[target->functions[i]];

		if (has_host_driver(function))
			findings_add(&survey->plan.findings,
				     bdf_format(&function->address, subject),
				     SAY_CAME_LATE, function->driver);
	}
}

/*
 * A card that may not be claimed goes to the host, although vfio-pci was asked first. Functions that were
 * there before stay as they are.
 */
static void give_back_refused(struct supervised *worker, const struct survey *survey,
			      const struct target *target)
{
	for (size_t i = 0; i < target->n_functions; i++) {
		const struct function *function =
			&survey->snapshot.functions[target->functions[i]];

		if (arrivals_is_new(worker->root, &function->address))
			release_function(worker, function);
	}
}

static void release_refused(struct supervised *worker, const struct live_order *order,
			    const struct survey *survey)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		if (target->verdict == VERDICT_REFUSE &&
		    is_target_meant(order, survey, target))
			give_back_refused(worker, survey, target);
	}
}

/* Users ---------------------------------------------------------------------------------------- */

/* Refuses a card that somebody uses. 0 or -ENOMEM. */
static int judge_users(const struct root *root, struct survey *survey, size_t index)
{
	const struct target *target = &survey->plan.targets[index];
	_cleanup_free_ char *memory = calloc(target->n_functions, sizeof(struct bdf));
	struct bdf *functions = (struct bdf *)memory;
	struct findings *findings = &survey->plan.findings;
	CLEANUP(users_done) struct users users = {};
	char subject[PCI_ADDRESS_SIZE];
	int r;

	if (!functions)
		return -ENOMEM;
	for (size_t i = 0; i < target->n_functions; i++)
		functions[i] = survey->snapshot.functions[target->functions[i]].address;
	r = users_find(root, functions, target->n_functions, &users);
	if (r == -ENOMEM)
		return r;
	users_add_findings(&users, bdf_format(&functions[0], subject), findings);
	if (r < 0 || users.n)
		refuse(&survey->plan, index);
	return 0;
}

/* The judgement -------------------------------------------------------------------------------- */

static int look(const struct live_order *order, struct survey *survey)
{
	const struct root *root = &order->cmd->root;
	int r = survey_look(root, survey);

	if (r == 0)
		r = survey_decide(survey);
	if (r < 0 || order->cause != CAUSE_COMMAND || is_configured(order, survey))
		return r;
	r = select_unconfigured(order, survey);
	if (r == 0)
		r = survey_look(root, survey);
	return r < 0 ? r : survey_decide(survey);
}

/* Leaves in the plan what is to be done to the cards meant. */
static int narrow(const struct live_order *order, struct survey *survey)
{
	struct plan *plan = &survey->plan;
	int r = 0;

	for (size_t i = 0; i < plan->n_targets && r == 0; i++) {
		struct target *target = &plan->targets[i];
		size_t n_on_vfio = count_on_vfio(survey, target);
		bool is_ours = n_on_vfio == target->n_functions;

		if (!target->n_functions || !is_target_meant(order, survey, target)) {
			refuse(plan, i);
			continue;
		}
		if (order->wish != LIVE_CLAIM) {
			target->verdict =
				VERDICT_CLAIM; /* the rules of a claim do not matter */
			drop_steps(plan, i, false);
		} else if (is_ours) { /* a device that came back lost its override */
			drop_steps(plan, i, true);
		}
		if (order->cause == CAUSE_ARRIVAL && target->verdict == VERDICT_REFUSE)
			add_lost_findings(survey, target);
		if (target->verdict == VERDICT_CLAIM &&
		    has_users_to_ask(order->wish, n_on_vfio, target))
			r = judge_users(&order->cmd->root, survey, i);
	}
	return r;
}

static void set_policies(const struct live_order *order, struct config *config)
{
	config->mode = order->is_dry_run ? MODE_CHECK : MODE_CLAIM;
	/* A card that cannot be claimed stays with the driver that it has. */
	config->on_failure = ON_FAILURE_RELEASE;
	if (order->cause == CAUSE_COMMAND)
		config->attached_driver = ATTACHED_UNBIND; /* that is what is asked for */
}

static int decide(const struct live_order *order, struct survey *survey)
{
	int r;

	set_policies(order, &survey->config);
	survey->find_needs = bootdisk_find;
	survey->merge_known = known_merge;
	r = look(order, survey);
	if (r == 0 && order->wish != LIVE_CLAIM)
		findings_done(&survey->plan.findings); /* those of a claim */
	if (r == 0)
		r = narrow(order, survey);
	if (r == 0)
		remedies_fit(&survey->config, &survey->snapshot, &survey->plan.findings);
	return r;
}

/* The work ------------------------------------------------------------------------------------- */

static struct live_order *current; /* the work of supervise() has no argument of its own */

static int tell(struct supervised *worker, const struct run *run, bool is_final)
{
	CLEANUP(document_putp) struct json_object *document = report_build(run);

	return supervised_tell(worker, document, run->config->timeout_s, is_final);
}

static int work(struct supervised *worker, double started_at)
{
	CLEANUP(survey_done) struct survey survey = { .config = current->config };
	CLEANUP(outcome_done) struct outcome outcome = {};
	struct run run = { .started_at = started_at, .unfinished = RESULT_FAILED };
	int r;

	current->config = (struct config){};
	r = decide(current, &survey);
	if (r < 0)
		return r;
	run.config = &survey.config;
	run.snapshot = &survey.snapshot;
	run.plan = &survey.plan;
	if (current->is_dry_run)
		return tell(worker, &run, true);
	r = tell(worker, &run, false); /* before anything is touched */
	if (r == 0 && current->cause == CAUSE_ARRIVAL)
		release_refused(worker, current, &survey);
	if (r == 0 && current->wish == LIVE_CLAIM)
		r = claim_cards(worker, &survey, true, &outcome);
	else if (r == 0)
		r = release_cards(worker, &survey, current->wish == LIVE_HOLD, &outcome);
	if (r < 0)
		return r;
	run.outcome = &outcome;
	return tell(worker, &run, true);
}

struct report *live_run(struct live_order *order)
{
	current = order;
	return supervise(&order->cmd->root, work, NULL);
}
