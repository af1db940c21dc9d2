// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints what setup or remove did as a document for programs. Changes nothing. */
#include "cmd/setup/setup-document.h"

#include "base/sha256.h"
#include "host/pci-names.h"
#include "model/finding.h"
#include "report/report-document.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

static const char *result_of(const struct change *change, const struct setup *setup,
			     int code)
{
	if (code == 0)
		return change->is_changed ? "done" : "nothing-to-do";
	if (code == EXIT_USAGE)
		return "usage";
	return setup && setup->is_refused ? "refused" : "failed";
}

static void add_card(struct json_object *cards, const struct survey *survey,
		     const struct target *target, struct pci_names *names)
{
	struct json_object *card = document_append_object(cards);
	const struct finding *reason = setup_find_reason(survey, target);
	const struct function *function =
		target->n_functions ? &survey->snapshot.functions[target->functions[0]] :
				      NULL;
	char address[PCI_ADDRESS_SIZE], text[DEVICE_NAME_SIZE];
	struct device_name name = {};

	if (function && names)
		pci_names_read(names, function->id, &name);
	if (!card)
		return;
	document_add_string(card, "address",
			    function ? bdf_format(&function->address, address) : NULL);
	document_add_string(card, "name",
			    function ? device_name_format(&name, text) : NULL);
	document_add_string(card, "verdict", setup_verdict(&survey->snapshot, target));
	document_add_string(card, "code", reason ? finding_name(reason->code) : NULL);
}

static void add_cards(struct json_object *document, const struct root *root,
		      const struct survey *survey)
{
	struct json_object *cards = document_add_array(document, "cards");
	struct pci_names *names;

	if (!survey || !survey->plan.n_targets)
		return;
	names = pci_names_open(root);
	for (size_t i = 0; i < survey->plan.n_targets; i++)
		add_card(cards, survey, &survey->plan.targets[i], names);
	pci_names_close(names);
}

static void add_images(struct json_object *document, const struct boot_images *images)
{
	struct json_object *list = document_add_array(document, "images");

	for (size_t i = 0; i < images->n; i++) {
		struct json_object *image = document_append_object(list);

		if (!image)
			continue;
		document_add_string(image, "kernel", images->items[i].kernel);
		document_add_string(image, "path", images->items[i].path);
		document_add_string(image, "state",
				    image_state_name(images->items[i].state));
		document_add_string(image, "problem", images->items[i].problem);
	}
}

/* Did this boot run with another configuration? */
static bool is_boot_of_another(const struct root *root, const char *text)
{
	CLEANUP(report_freep) struct report *report = NULL;
	const char *problem;
	char hex[65] = "";
	int r;

	report = report_read(root, REPORT_PATH, &problem, &r);
	if (text)
		sha256_hex(text, strlen(text), hex);
	return !streq(report ? report->config_sha256 : "", hex);
}

static void add_findings(struct json_object *document, const struct survey *survey)
{
	struct json_object *findings = document_add_array(document, "findings");

	if (!survey)
		return;
	document_append_findings(findings, &survey->config.findings);
	document_append_findings(findings, &survey->snapshot.findings);
	document_append_findings(findings, &survey->plan.findings);
}

static void fill(struct json_object *document, const struct root *root,
		 const struct change *change, const struct setup *setup, int code)
{
	const struct survey *survey = setup ? &setup->check.survey : NULL;
	const char *text = code == 0 ? change->new_text : change->old_text;

	document_add_number(document, "version", 1);
	document_add_boolean(document, "changed", change->is_changed);
	document_add_string(document, "result", result_of(change, setup, code));
	add_cards(document, root, survey);
	add_images(document, &change->images);
	document_add_boolean(document, "needs_reboot",
			     (change->is_changed && change->new_text) ||
				     is_boot_of_another(root, text));
	document_add_string(document, "kernel_parameter",
			    setup && setup->cmdline.wish.adds_parameter ? INTEL_IOMMU_ON :
									  NULL);
	add_findings(document, survey);
}

int change_print_document(const struct root *root, struct change *change,
			  const struct setup *setup, int code)
{
	struct json_object *document = document_new();
	const char *text;
	size_t size;
	int r = 0;

	if (!document)
		return cmd_fail("document", -ENOMEM);
	if (!change->are_images_read)
		r = change_read_images(change,
				       code == 0 ? change->new_text : change->old_text);
	fill(document, root, change, setup, code);
	text = r == -ENOMEM ? NULL : document_serialize(document, &size);
	if (text)
		puts(text);
	document_put(document);
	return text ? code : cmd_fail("document", -ENOMEM);
}
