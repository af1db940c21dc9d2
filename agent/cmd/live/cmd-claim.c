// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim claim` and `vfio-claim release`: take cards from the running host, and give them back. */
#include "cmd/live/live.h"

#include "cmd/after/card-line.h"
#include "cmd/live/vf-release.h"
#include "host/pci-names.h"
#include "report/report-events.h"
#include "report/report.h"

#include <stdio.h>
#include <unistd.h>

static struct {
	bool is_dry_run, is_held;
} options;

static const struct verb_option claim_rows[] = {
	{ "dry-run", "judge, and say what would be done; change nothing", 'n',
	  .sets = &options.is_dry_run },
	{},
};

static const struct verb_option release_rows[] = {
	{ "dry-run", "say what would be done; change nothing", 'n',
	  .sets = &options.is_dry_run },
	{ "hold", "leave the card without any driver", .sets = &options.is_held },
	{},
};

static void print_card(const struct live_order *order, const struct report *report,
		       const struct report_gpu *gpu, struct pci_names *names)
{
	bool is_good = gpu->result != RESULT_REFUSED && gpu->result != RESULT_FAILED;
	const struct card_line line = {
		.address = *gpu->address ? gpu->address : gpu->configured,
		.id = gpu->functions.n ? gpu->functions.items[0].id : NULL,
		.state = gpu->result_word,
		.is_good = is_good,
		.colour = is_good ? GREEN : RED,
	};

	(void)report;
	card_line_print(&order->cmd->page, names, &line);
	for (size_t i = 0; i < gpu->functions.n; i++) {
		const struct report_function *function = &gpu->functions.items[i];

		printf("  %s  %s%s%s\n", function->address,
		       *function->driver_before ? function->driver_before : "no driver",
		       order->is_dry_run ? "" : " -> ",
		       order->is_dry_run ? "" :
		       *function->driver ? function->driver :
					   "no driver");
	}
}

static void print_findings(const struct live_order *order, const struct report *report)
{
	for (size_t i = 0; i < report->findings.n; i++) {
		const struct report_finding *finding = &report->findings.items[i];
		_cleanup_free_ char *label = NULL;

		if (finding->severity == SEVERITY_INFO)
			continue;
		label = text_format("%s %s: ", finding->subject, finding->code_word);
		card_line_print_text(&order->cmd->page, 2, label ? label : "",
				     finding->text);
		if (*finding->remedy)
			card_line_print_text(&order->cmd->page, 4,
					     "remedy: ", finding->remedy);
	}
}

static void print_json(const struct report *report)
{
	size_t size;

	puts(report_serialize(report, &size));
}

static void print(const struct live_order *order, const struct report *report)
{
	CLEANUP(pci_names_closep) struct pci_names *names = NULL;

	names = pci_names_open(&order->cmd->root);
	for (size_t i = 0; i < report->n_gpus; i++)
		if (live_is_meant(order, &report->gpus[i]))
			print_card(order, report, &report->gpus[i], names);
	print_findings(order, report);
	if (!report->n_gpus)
		puts("nothing is configured; name a card");
}

/* `vfs`: what became of virtual functions; NULL where no document is wanted, or for a claim. */
static int carry_out(struct live_order *order, const struct report *vfs)
{
	CLEANUP(report_freep) struct report *report = live_run(order);
	bool is_done;

	if (!report)
		return cmd_fail(order->cmd->verb->name, -ENOMEM);
	if (!order->is_dry_run)
		live_tell(order, report);
	if (vfs)
		report_copy_events(report, vfs);
	if (order->cmd->wants_json)
		print_json(report);
	else
		print(order, report);
	is_done = live_is_done(order, report);
	if (is_done && !order->is_dry_run && order->wish != LIVE_CLAIM &&
	    !live_is_remembered(order, report)) {
		fputs("vfio-claim: this boot's report does not have this release: a configured card "
		      "that is removed and found again is claimed; make room in /run, then release "
		      "it again\n",
		      stderr);
		is_done = false;
	}
	return is_done ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}

static int carry_out_locked(struct live_order *order, const struct report *vfs)
{
	_cleanup_close_ int lock = -1;

	if (!order->is_dry_run && (lock = live_lock(order)) < 0)
		return EXIT_NOT_AS_CONFIGURED;
	return carry_out(order, vfs);
}

/* The document of an order without cards. */
static struct report *make_document(const struct live_order *order)
{
	const struct config nothing = { .mode = order->is_dry_run ? MODE_CHECK :
								    MODE_CLAIM };
	const struct run run = { .config = &nothing };

	return report_take(report_build(&run));
}

/* Virtual functions first: they were made after the cards were claimed. */
static int release(struct live_order *order)
{
	CLEANUP(report_freep) struct report *document = NULL;
	bool is_all = !order->n_functions;
	size_t n_vfs;
	int vfs, cards = 0;

	if (order->cmd->wants_json && !(document = make_document(order)))
		return cmd_fail("release", -ENOMEM);
	vfs = vf_release(order, document, &n_vfs);
	if (order->n_functions || (is_all && (order->config.n_wanted || !n_vfs)))
		cards = carry_out_locked(order, document);
	else if (document)
		print_json(document);
	return vfs ?: cards;
}

static int run(const struct cmd *cmd, enum live_wish wish)
{
	CLEANUP(live_order_done)
	struct live_order order = {
		.wish = wish,
		.cause = CAUSE_COMMAND,
		.is_dry_run = options.is_dry_run,
	};
	int r;

	if (!options.is_dry_run && !cmd->root.is_live)
		return verb_usage_error(cmd->verb,
					"only --dry-run works below another root");
	if (!options.is_dry_run && geteuid() != 0)
		return cmd_fail(cmd->verb->name, -EPERM);
	r = live_prepare(cmd, &order);
	if (r)
		return r;
	return wish == LIVE_RELEASE ? release(&order) : carry_out_locked(&order, NULL);
}

static int cmd_claim(const struct cmd *cmd)
{
	return run(cmd, LIVE_CLAIM);
}

static int cmd_release(const struct cmd *cmd)
{
	return run(cmd, options.is_held ? LIVE_HOLD : LIVE_RELEASE);
}

const struct verb verb_claim = {
	.name = "claim",
	.summary = "claim cards now, on the running system",
	.arguments = "[CARD...]",
	.details =
		"Claims these cards, or all that are configured, without a reboot: by the boot agent's "
		"rules, all functions or none, read back and recorded as an event of this boot. A "
		"host driver that has the card is unbound first, unless a program, a mounted file "
		"system, a network or a VM uses the card: then it is refused, by name. A card that "
		"the configuration does not name is claimed until the machine stops.",
	.exit_codes =
		"Exit code: 0 each card is claimed; 1 at least one is not, and is as it was.",
	.options = claim_rows,
	.has_json = true,
	.run = cmd_claim,
};

const struct verb verb_release = {
	.name = "release",
	.summary = "give cards back to the host, on the running system",
	.arguments = "[CARD...]",
	.details =
		"Gives these cards, or all that are configured, to the host's drivers until the next "
		"boot or the next 'vfio-claim claim', or with --hold to no driver. Refused while a VM "
		"has the card's group open. Virtual functions that 'vf =' lines made of these cards "
		"are removed, unless --hold is given; 'vfio-claim vf' makes them again.",
	.exit_codes =
		"Exit code: 0 each card is released; 1 at least one is not, or is, but this boot's "
		"report could not be written.",
	.options = release_rows,
	.has_json = true,
	.run = cmd_release,
};
