// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim status`: prints what became of each configured card, and what the next boot does with it.
 */
#include "cmd/after/card-line.h"
#include "cmd/after/status.h"
#include "cmd/after/trial-status.h"
#include "cmd/cmd.h"
#include "host/pci-names.h"
#include "model/finding.h"
#include "report/report-document.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>
#include <sys/stat.h>

static struct {
	bool wants_metrics, wants_nfd;
	const char *output; /* NULL: standard output */
} options;

static const struct verb_option rows[] = {
	{ "metrics",
	  "print the text format of Prometheus, for node_exporter's textfile collector",
	  .sets = &options.wants_metrics, .excludes_next = true },
	{ "nfd", "print labels for the local source of Node Feature Discovery",
	  .sets = &options.wants_nfd },
	{ "output",
	  "write the metrics or labels to this file, which is never seen half written",
	  .argument = "FILE", .string = &options.output },
	{},
};

/* For people ----------------------------------------------------------------------------------- */

static enum colour state_colour(const struct card_status *card)
{
	switch (card->state) {
	case CARD_CLAIMED:
		return *card->code ? RED : GREEN;
	case CARD_CLAIMABLE:
		return GREEN;
	case CARD_PENDING:
	case CARD_RELEASED:
	case CARD_HELD:
	case CARD_OFF:
	case CARD_NOT_CONFIGURED:
		return YELLOW;
	default:
		return RED;
	}
}

static void put_card(const struct page *page, struct pci_names *names,
		     const struct card_status *card)
{
	const struct card_line line = {
		.address = card->address,
		.id = card->id,
		.state = card_state_name(card->state),
		.code = card->code,
		.reason = card->reason,
		.remedy = card->remedy,
		.is_good = card->state == CARD_CLAIMED,
		.colour = state_colour(card),
	};

	card_line_print(page, names, &line);
}

static void put_vfs(const struct page *page, struct pci_names *names,
		    const struct vf_status *vf)
{
	bool is_good = vf->n == vf->wanted && vf->n_held == vf->n_taken;
	_cleanup_free_ char *state =
		text_format("%zu of %u virtual functions are there, %zu of %zu taken for VMs",
			    vf->n, vf->wanted, vf->n_held, vf->n_taken);
	const struct card_line line = {
		.address = vf->address ?: vf->configured,
		.id = vf->id,
		.state = state,
		.is_good = is_good,
		.colour = is_good ? GREEN : RED,
	};
	char label[64], address[PCI_ADDRESS_SIZE];

	card_line_print(page, names, &line);
	for (size_t i = 0; i < vf->n; i++) {
		snprintf(label, sizeof(label),
			 "%s: ", bdf_format(&vf->items[i].address, address));
		card_line_print_text(page, 2, label, vf->items[i].driver ?: "no driver");
	}
}

static enum colour severity_colour(enum severity severity)
{
	return severity == SEVERITY_ERROR   ? RED :
	       severity == SEVERITY_WARNING ? YELLOW :
					      PLAIN;
}

/* As a card. A remedy that several notes have comes after the last of them. */
static void put_note(const struct page *page, const struct finding *note, bool is_last)
{
	bool is_repeated = !is_last && is_string_equal(note->remedy, note[1].remedy);
	const struct card_line line = {
		.address = note->subject && *note->subject ? note->subject : "this boot",
		.is_note = true,
		.state = finding_name(note->code),
		.reason = note->text,
		.remedy = is_repeated ? NULL : note->remedy,
		.colour = severity_colour(note->severity),
	};

	card_line_print(page, NULL, &line);
}

static void put_beginning(const struct status *status)
{
	if (status->config->n_wanted || status->config->vfs.n ||
	    findings_have_error(&status->config->findings))
		return;
	puts("Nothing is configured: no card is claimed for VMs at the next boot.\n"
	     "To begin:\n"
	     "  vfio-claim list              shows the cards that a VM can have\n"
	     "  sudo vfio-claim setup CARD   configures one, by its address");
}

static void print_text(const struct cmd *cmd, const struct status *status)
{
	const struct page *page = &cmd->page;
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(&cmd->root);
	_cleanup_free_ char *trial =
		status->report ? trial_describe(&cmd->root, &status->report->trial) : NULL;

	put_beginning(status);
	for (size_t i = 0; i < status->n_cards; i++)
		put_card(page, names, &status->cards[i]);
	for (size_t i = 0; i < status->n_vfs; i++)
		put_vfs(page, names, &status->vfs[i]);
	for (size_t i = 0; i < status->notes.n; i++)
		put_note(page, &status->notes.items[i], i + 1 == status->notes.n);
	card_line_print_text(page, 0, "trial: ", trial);
}

/* For programs --------------------------------------------------------------------------------- */

static void add_card(struct json_object *gpus, const struct card_status *card)
{
	struct json_object *gpu = document_append_object(gpus);

	document_add_string(gpu, "configured", card->configured);
	document_add_string(gpu, "kind", card->kind);
	document_add_string(gpu, "address", card->address);
	document_add_string(gpu, "result", card->result);
	document_add_string(gpu, "state", card_state_name(card->state));
	document_add_string(gpu, "code", *card->code ? card->code : NULL);
	document_add_string(gpu, "reason", card->reason);
	document_add_string(gpu, "remedy", card->remedy);
	document_add_number(gpu, "functions", card->n_functions);
	document_add_number(gpu, "functions_held", card->n_held);
}

static void add_vf(struct json_object *lines, const struct vf_status *vf)
{
	struct json_object *line = document_append_object(lines), *functions, *function;
	char address[PCI_ADDRESS_SIZE];

	document_add_string(line, "configured", vf->configured);
	document_add_string(line, "address", vf->address);
	document_add_number(line, "count", vf->wanted);
	functions = document_add_array(line, "functions");
	for (size_t i = 0; i < vf->n; i++) {
		function = document_append_object(functions);
		document_add_string(function, "address",
				    bdf_format(&vf->items[i].address, address));
		document_add_string(function, "driver", vf->items[i].driver);
		document_add_boolean(function, "taken", vf->items[i].is_taken);
	}
}

static void add_vfs(struct json_object *document, const struct status *status)
{
	struct json_object *lines;

	if (!status->config->vfs.n)
		return;
	lines = document_add_array(document, "virtual_functions");
	for (size_t i = 0; i < status->n_vfs; i++)
		add_vf(lines, &status->vfs[i]);
}

static void add_image(struct json_object *images, const char *kernel, const char *state)
{
	struct json_object *image = document_append_object(images);

	document_add_string(image, "kernel", kernel);
	document_add_string(image, "state", state);
}

/* As they are now; if none was opened, as `verify` found them in this boot. */
static void add_images(struct json_object *document, const struct status *status)
{
	const struct report *report = status->report;
	struct json_object *images = document_add_array(document, "images");

	for (size_t i = 0; i < status->images.n; i++)
		add_image(images, status->images.items[i].kernel,
			  image_state_name(status->images.items[i].state));
	for (size_t i = 0; report && !status->images.n && i < report->verified.n_images; i++)
		add_image(images, report->verified.images[i].kernel,
			  report->verified.images[i].state);
}

static void add_trial(struct json_object *document, const struct cmd *cmd,
		      const struct report *report)
{
	const struct report_trial *trial = report ? &report->trial : NULL;
	struct json_object *object;

	if (!trial || !trial->is_there) {
		document_add_string(document, "trial", NULL);
		return;
	}
	object = document_add_object(document, "trial");
	document_add_string(object, "state",
			    trial_standing_name(trial_standing_now(&cmd->root, trial)));
	document_add_number(object, "attempt", trial->attempt);
	document_add_number(object, "limit", trial->limit);
}

static int print_json(const struct cmd *cmd, const struct status *status)
{
	const struct report *report = status->report;
	struct json_object *document = document_new(), *gpus, *findings;
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
	for (size_t i = 0; i < status->n_cards; i++)
		add_card(gpus, &status->cards[i]);
	add_vfs(document, status);
	add_images(document, status);
	add_trial(document, cmd, report);
	findings = document_add_array(document, "findings");
	document_append_findings(findings, &status->notes);
	puts(document_serialize(document, &size));
	document_put(document);
	return 0;
}

/* Metrics have no place for the reason of exit code 2. */
static void tell_config_errors(const struct config *config)
{
	for (size_t i = 0; i < config->findings.n; i++)
		if (config->findings.items[i].severity == SEVERITY_ERROR)
			fprintf(stderr, "vfio-claim: %s: %s\n",
				config->findings.items[i].subject,
				config->findings.items[i].text);
}

static int write_file(const char *path, const char *text)
{
	_cleanup_free_ char *folder = strndup(path, strrchr(path, '/') - path + 1);
	CLEANUP(root_done) struct root files;
	int r;

	r = root_open(&files,
		      "/"); /* also below a sysroot, where this is the one that is written */
	if (r == 0 && !folder)
		r = -ENOMEM;
	if (r == 0)
		r = root_replace(&files, folder, strrchr(path, '/') + 1, text,
				 strlen(text));
	if (r < 0)
		fprintf(stderr, "vfio-claim: '%s': %s\n", path, strerror(-r));
	return r;
}

static int print_for_tools(const struct status *status)
{
	_cleanup_free_ char *text = options.wants_nfd ? status_to_nfd(status) :
							status_to_metrics(status);

	if (!text)
		return -ENOMEM;
	tell_config_errors(status->config);
	if (options.output)
		return write_file(options.output, text);
	fputs(text, stdout);
	return 0;
}

static int print(const struct cmd *cmd, const struct status *status)
{
	if (options.wants_metrics || options.wants_nfd)
		return print_for_tools(status);
	if (cmd->wants_json)
		return print_json(cmd, status);
	print_text(cmd, status);
	return 0;
}

static const char *find_misuse(const struct cmd *cmd)
{
	if (options.wants_metrics + options.wants_nfd + cmd->wants_json > 1)
		return "choose one of --metrics, --nfd and --json";
	if (options.output && !options.wants_metrics && !options.wants_nfd)
		return "--output wants --metrics or --nfd";
	if (options.output && *options.output != '/')
		return "--output wants an absolute path";
	return NULL;
}

/* The verb ------------------------------------------------------------------------------------- */

/* No report is no fault before the first boot with a configuration. */
static struct report *read_report(const struct root *root)
{
	struct report *report;
	const char *problem;
	int r;

	report = report_read(root, REPORT_PATH, &problem, &r);
	if (!report && r != -ENOENT)
		fprintf(stderr, "vfio-claim: '%s': %s\n", REPORT_PATH, problem);
	return report;
}

static int show(const struct cmd *cmd)
{
	CLEANUP(report_freep) struct report *report = NULL;
	CLEANUP(status_done) struct status status = {};
	CLEANUP(config_done) struct config config = {};
	int r;

	r = survey_read_config(&cmd->root, &config);
	if (r < 0)
		return cmd_fail("configuration", r);
	report = read_report(&cmd->root);
	r = status_read(&cmd->root, &config, report, &status);
	if (r == 0)
		r = print(cmd, &status);
	if (r < 0)
		return cmd_fail("status", r);
	if (findings_have_error(&config.findings))
		return EXIT_USAGE;
	return status.is_as_configured ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}

/* The report is never written to, but replaced. */
static ino_t report_number(const struct root *root)
{
	struct stat status;

	return root_stat(root, REPORT_PATH, &status) < 0 ? 0 : status.st_ino;
}

static int cmd_status(const struct cmd *cmd)
{
	const char *misuse = find_misuse(cmd);
	int r, tries = 0;
	ino_t number;

	if (misuse)
		return verb_usage_error(cmd->verb, "%s", misuse);
	/* A path unit does not see what changes while its service runs. */
	do {
		number = report_number(&cmd->root);
		r = show(cmd);
	} while (options.output && report_number(&cmd->root) != number && ++tries < 10);
	return r;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "show what became of each configured card, and what the next boot does",
	.details =
		"Compares the configuration, the boot images and this boot, and prints for each "
		"configured card: claimed, pending (reboot), not in any image, refused, failed, "
		"lost, given up, or not configured any more; with the reason and the remedy.\n"
		"vfio-claim-metrics.timer writes the metrics every five minutes where it is enabled.",
	.exit_codes =
		"Exit code: 0 every function of every configured card is on vfio-pci now, or nothing "
		"is configured; 1 not as configured, or not yet; 2 the configuration is wrong.",
	.options = rows,
	.has_json = true,
	.run = cmd_status,
};
