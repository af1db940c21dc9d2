// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim explain CARD`: shows why a function is in its IOMMU group. The kernel gives the group;
 * the reason is a conclusion from configuration space.
 */
#include "base/buffer.h"
#include "cmd/cmd.h"
#include "cmd/selector.h"
#include "cmd/words.h"
#include "decide/acs.h"
#include "decide/select.h"
#include "facts/caps.h"
#include "host/pci-names.h"
#include "model/function.h"
#include "report/report-document.h"

#include <stdio.h>

#define MEMBER_INDENT 16 /* "  0000:01:00.0  " */

/* Another member of the group, and why it is in it. */
struct mate {
	const struct function *function;
	struct acs_explanation why;
	char *reason; /* a clause: "because ..." */
};

struct explanation {
	const struct cmd *cmd;
	struct survey survey;
	struct pci_names *names;
	const struct function *function; /* that is asked about */
	struct mate *mates;
	size_t n_mates;
};

static void explanation_done(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->n_mates; i++)
		free(explanation->mates[i].reason);
	free(explanation->mates);
	pci_names_close(explanation->names);
	survey_done(&explanation->survey);
}

/* Reasons -------------------------------------------------------------------------------------- */

static void put_culprit(FILE *stream, const struct explanation *explanation,
			const struct mate *mate)
{
	const struct function *culprit =
		&explanation->survey.snapshot.functions[mate->why.culprit];
	char address[PCI_ADDRESS_SIZE];

	bdf_format(&culprit->address, address);
	switch (mate->why.reason) {
	case ACS_REASON_MULTIFUNCTION:
		fprintf(stream,
			"because %s functions of one slot and %s has no ACS to keep them apart",
			bdf_is_same_slot(&culprit->address, &mate->function->address) ?
				"they are" :
				"the ports above them are",
			address);
		break;
	case ACS_REASON_PORT:
		fprintf(stream, "because the %s %s does not isolate the functions below it",
			function_words(culprit), address);
		break;
	case ACS_REASON_CONVENTIONAL:
		fprintf(stream,
			"because they are behind the conventional PCI bridge %s, which puts its own id "
			"on all traffic",
			address);
		break;
	case ACS_REASON_UNREADABLE:
		fprintf(stream,
			"for an unknown reason, as the configuration space of %s is not readable "
			"(run as root)",
			address);
		break;
	case ACS_REASON_NONE:
		break;
	}
}

static bool is_for_acs(const struct acs_explanation *why)
{
	return why->reason == ACS_REASON_PORT || why->reason == ACS_REASON_MULTIFUNCTION;
}

static void put_reason(FILE *stream, const struct explanation *explanation,
		       const struct mate *mate)
{
	const struct acs_explanation *why = &mate->why;
	char missing[ACS_LETTERS_SIZE];

	if (why->reason == ACS_REASON_NONE) {
		fputs("for a reason that configuration space does not show (a DMA alias, or a quirk "
		      "of the kernel)",
		      stream);
		return;
	}
	put_culprit(stream, explanation, mate);
	if (is_for_acs(why) && why->missing)
		fprintf(stream, " (ACS lacks %s)", acs_letters(why->missing, missing));
	else if (is_for_acs(why))
		fputs(" (no ACS capability)", stream);
	if (why->may_be_quirk)
		fprintf(stream, "; the kernel has a quirk for it%s%s and may know better",
			why->quirk ? ": " : "", why->quirk ? why->quirk : "");
}

static int add_mate(struct explanation *explanation, size_t member)
{
	const struct snapshot *snapshot = &explanation->survey.snapshot;
	struct mate *mate = &explanation->mates[explanation->n_mates];
	struct buffer buffer;

	mate->function = &snapshot->functions[member];
	mate->why =
		acs_explain(snapshot, explanation->function - snapshot->functions, member);
	if (mate->why.culprit == SIZE_MAX)
		mate->why.reason = ACS_REASON_NONE;
	if (buffer_open(&buffer) < 0)
		return -ENOMEM;
	put_reason(buffer.stream, explanation, mate);
	explanation->n_mates++;
	return buffer_close(&buffer, &mate->reason);
}

static int find_mates(struct explanation *explanation)
{
	const struct snapshot *snapshot = &explanation->survey.snapshot;
	const struct group *group =
		explanation->function->group_fact == FACT_KNOWN ?
			snapshot_group(snapshot, explanation->function->group) :
			NULL;
	int r = 0;

	if (!group)
		return 0;
	explanation->mates = calloc(group->n_members + 1, sizeof(*explanation->mates));
	if (!explanation->mates)
		return -ENOMEM;
	for (size_t i = 0; i < group->n_members && r == 0; i++)
		if (&snapshot->functions[group->members[i]] != explanation->function)
			r = add_mate(explanation, group->members[i]);
	return r;
}

/* Why it is in no group. */
static bool is_iommu_off(const struct explanation *explanation)
{
	return !explanation->survey.snapshot.iommu.n_units;
}

static void put_name(const struct explanation *explanation,
		     const struct function *function, char name[static DEVICE_NAME_SIZE])
{
	struct device_name parts = {};

	if (explanation->names)
		pci_names_read(explanation->names, function->id, &parts);
	device_name_format(&parts, name);
}

/* For people ----------------------------------------------------------------------------------- */

static const char *driver_words(const struct function *function)
{
	return function->driver				? function->driver :
	       function->driver_fact == FACT_UNREADABLE ? "unknown" :
							  "none";
}

static int print_mate(const struct explanation *explanation, const struct mate *mate)
{
	const struct function *function = mate->function;
	char address[PCI_ADDRESS_SIZE], name[DEVICE_NAME_SIZE];

	put_name(explanation, function, name);
	return page_wrap_format(&explanation->cmd->page, stdout,
				printf("  %s  ", bdf_format(&function->address, address)),
				MEMBER_INDENT, "%s (%s, driver %s)", name,
				function_words(function), driver_words(function));
}

static size_t count_reason(const struct explanation *explanation, const char *reason)
{
	size_t n = 0;

	for (size_t i = 0; i < explanation->n_mates; i++)
		n += streq(explanation->mates[i].reason, reason);
	return n;
}

static bool is_first_of_reason(const struct explanation *explanation, size_t mate)
{
	for (size_t i = 0; i < mate; i++)
		if (streq(explanation->mates[i].reason, explanation->mates[mate].reason))
			return false;
	return true;
}

static int print_mates_of(const struct explanation *explanation, const char *reason)
{
	int r = 0;

	for (size_t i = 0; i < explanation->n_mates && r == 0; i++)
		if (streq(explanation->mates[i].reason, reason))
			r = print_mate(explanation, &explanation->mates[i]);
	return r;
}

/* Each reason once, with the members that it holds for. */
static int print_reasons(const struct explanation *explanation)
{
	int r = 0;

	for (size_t i = 0; i < explanation->n_mates && r == 0; i++) {
		const char *reason = explanation->mates[i].reason;

		if (!is_first_of_reason(explanation, i))
			continue;
		putchar('\n');
		r = page_wrap_format(&explanation->cmd->page, stdout, 0, 0,
				     "%zu of them %s:", count_reason(explanation, reason),
				     reason);
		if (r == 0)
			r = print_mates_of(explanation, reason);
	}
	return r;
}

static int print_shared(const struct explanation *explanation, const char *subject)
{
	const struct function *function = explanation->function;
	const struct page *page = &explanation->cmd->page;
	const char *first = explanation->mates[0].reason;
	size_t n = explanation->n_mates;
	bool is_only = count_reason(explanation, first) == n;
	char address[PCI_ADDRESS_SIZE];
	int r;

	r = page_wrap_format(page, stdout, 0, 0,
			     "%s shares IOMMU group %d with %zu other function%s%s%s%s",
			     subject, function->group, n, n > 1 ? "s" : "",
			     is_only ? ", " : "", is_only ? first : "",
			     is_only ? ":" : ".");
	if (r == 0)
		r = is_only ? print_mates_of(explanation, first) :
			      print_reasons(explanation);
	if (r < 0 || !is_gpu(function))
		return r;
	putchar('\n');
	return page_wrap_format(page, stdout, 0, 0,
				"'vfio-claim check %s' says whether a VM can have it.",
				bdf_format(&function->address, address));
}

static int print_explanation(const struct explanation *explanation)
{
	const struct function *function = explanation->function;
	const struct page *page = &explanation->cmd->page;
	char address[PCI_ADDRESS_SIZE], name[DEVICE_NAME_SIZE];
	char subject[PCI_ADDRESS_SIZE + DEVICE_NAME_SIZE + 1];

	put_name(explanation, function, name);
	snprintf(subject, sizeof(subject), "%s%s%s",
		 bdf_format(&function->address, address), *name ? " " : "", name);
	if (explanation->n_mates)
		return print_shared(explanation, subject);
	if (function->group_fact == FACT_KNOWN)
		return page_wrap_format(page, stdout, 0, 0,
					"%s is alone in IOMMU group %d.", subject,
					function->group);
	return page_wrap_format(
		page, stdout, 0, 0, "%s is in no IOMMU group: %s.", subject,
		is_iommu_off(explanation) ?
			"no IOMMU is active; 'vfio-claim check' says what to do" :
			"it is not behind any IOMMU unit (host bridges, for instance)");
}

/* For programs --------------------------------------------------------------------------------- */

static void add_address(struct json_object *object, const char *key,
			const struct bdf *address)
{
	char text[PCI_ADDRESS_SIZE];

	document_add_string(object, key, bdf_format(address, text));
}

static void add_function(struct json_object *object, const struct explanation *explanation,
			 const struct function *function)
{
	char class[16], id[16], name[DEVICE_NAME_SIZE];

	put_name(explanation, function, name);
	snprintf(class, sizeof(class), "0x%06x", function->class);
	snprintf(id, sizeof(id), "%04x:%04x", function->id.vendor, function->id.device);
	add_address(object, "address", &function->address);
	document_add_string(object, "class", class);
	document_add_string(object, "id", id);
	document_add_string(object, "name", *name ? name : NULL);
	document_add_string(object, "driver", function->driver);
	document_add_string(object, "type", pcie_type_name(function->caps.type));
}

static void add_member(struct json_object *members, const struct explanation *explanation,
		       const struct mate *mate)
{
	static const char *const names[] = {
		[ACS_REASON_NONE] = "unknown",
		[ACS_REASON_MULTIFUNCTION] = "multifunction",
		[ACS_REASON_PORT] = "port",
		[ACS_REASON_CONVENTIONAL] = "conventional-bridge",
		[ACS_REASON_UNREADABLE] = "unreadable",
	};
	struct json_object *object = document_append_object(members);
	const struct acs_explanation *why = &mate->why;
	const struct function *functions = explanation->survey.snapshot.functions;
	char missing[ACS_LETTERS_SIZE];

	add_function(object, explanation, mate->function);
	document_add_string(object, "reason", names[why->reason]);
	if (why->culprit == SIZE_MAX)
		document_add_string(object, "culprit", NULL);
	else
		add_address(object, "culprit", &functions[why->culprit].address);
	document_add_string(object, "acs",
			    !is_for_acs(why) ? NULL :
			    why->missing     ? "incomplete" :
					       "absent");
	document_add_string(object, "acs_missing",
			    why->missing ? acs_letters(why->missing, missing) : NULL);
	document_add_boolean(object, "may_be_quirk", why->may_be_quirk);
	document_add_string(object, "text", mate->reason);
}

static int print_document(const struct explanation *explanation)
{
	CLEANUP(document_putp) struct json_object *document = document_new();
	const struct function *function = explanation->function;
	struct json_object *members;
	size_t size;

	if (!document)
		return -ENOMEM;
	document_add_number(document, "version", 1);
	add_function(document, explanation, function);
	if (function->group_fact == FACT_KNOWN)
		document_add_number(document, "group", function->group);
	else
		document_add_string(document, "group", NULL);
	document_add_string(document, "no_group",
			    function->group_fact == FACT_KNOWN ? NULL :
			    is_iommu_off(explanation)	       ? "iommu-off" :
								 "no-iommu-unit");
	members = document_add_array(document, "members");
	for (size_t i = 0; i < explanation->n_mates; i++)
		add_member(members, explanation, &explanation->mates[i]);
	puts(document_serialize(document, &size));
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

/* The function that the selector means; NULL: none, or not one alone. An address means what is there
 * now, whatever was there once. */
static const struct function *find(const struct explanation *explanation,
				   const struct identity *identity)
{
	const struct snapshot *snapshot = &explanation->survey.snapshot;
	struct selection selection;

	if (!identity->has_id && !identity->has_path && !identity->has_serial)
		return snapshot_find(snapshot, &identity->address);
	selection = identity_resolve(identity, snapshot);
	return selection.status == SELECTION_FOUND || selection.status == SELECTION_MOVED ?
		       selection.function :
		       NULL;
}

static int explain(struct explanation *explanation, const struct identity *identity)
{
	const struct cmd *cmd = explanation->cmd;
	int r;

	r = survey_look(&cmd->root, &explanation->survey);
	if (r < 0)
		return r;
	explanation->function = find(explanation, identity);
	if (!explanation->function) {
		r = selector_say_unknown(&cmd->root, cmd->arguments[0]);
		return r < 0 ? r : EXIT_NOT_AS_CONFIGURED;
	}
	explanation->names = pci_names_open(&cmd->root);
	r = find_mates(explanation);
	if (r < 0)
		return r;
	return cmd->wants_json ? print_document(explanation) :
				 print_explanation(explanation);
}

static int cmd_explain(const struct cmd *cmd)
{
	CLEANUP(explanation_done)
	struct explanation explanation = { .cmd = cmd,
					   .survey = { .depth = SNAPSHOT_TOPOLOGY } };
	struct identity identity;
	int r;

	r = selector_resolve(&cmd->root, cmd->arguments[0], &identity);
	if (r == 0)
		r = explain(&explanation, &identity);
	return r < 0 ? cmd_fail("explain", r) : r;
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "show why a card shares its IOMMU group with others",
	.arguments = "SELECTOR",
	.details =
		"Shows which functions share the IOMMU group of a function, and which bridge "
		"is the cause. The function is named as SELECTORS in vfio-claim(8) says. Only "
		"root can read the whole configuration space.",
	.has_json = true,
	.run = cmd_explain,
};
