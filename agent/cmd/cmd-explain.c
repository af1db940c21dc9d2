// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim explain ADDRESS`: shows why a function is in its IOMMU group. The kernel gives the
 * group; the reason is a conclusion from configuration space.
 */
#include "cmd/cmd.h"
#include "decide/acs.h"
#include "decide/judge.h"
#include "facts/caps.h"
#include "facts/pci.h"

#include <stdio.h>

struct explanation {
	const struct snapshot *snapshot;
	struct pci *names;
};

static const char *type_words(const struct function *function)
{
	return function->caps.type == PCIE_NONE ? "conventional" :
						  pcie_type_name(function->caps.type);
}

static void print_function(const struct explanation *explanation,
			   const struct function *function, const char *indent)
{
	char address[PCI_ADDRESS_SIZE], id[16], name[DEVICE_NAME_SIZE] = "";

	snprintf(id, sizeof(id), "%04x:%04x", function->id.vendor, function->id.device);
	if (explanation->names)
		pci_names_lookup(explanation->names, id, name);
	printf("%s%s %s class %04x %s, driver %s %s\n", indent,
	       bdf_format(&function->address, address), id, function->class >> 8,
	       type_words(function), function->driver ? function->driver : "none", name);
}

static void print_culprit(const struct explanation *explanation,
			  const struct function *member, const struct acs_explanation *why)
{
	const struct function *culprit = &explanation->snapshot->functions[why->culprit];
	char address[PCI_ADDRESS_SIZE], missing[ACS_LETTERS_SIZE];

	bdf_format(&culprit->address, address);
	switch (why->reason) {
	case ACS_REASON_MULTIFUNCTION:
		printf("    because %s functions of one slot and %s has no ACS to keep them apart",
		       bdf_is_same_slot(&culprit->address, &member->address) ?
			       "they are" :
			       "the ports above them are",
		       address);
		break;
	case ACS_REASON_PORT:
		printf("    because the %s above, %s, does not isolate the functions below it",
		       pcie_type_name(culprit->caps.type), address);
		break;
	case ACS_REASON_CONVENTIONAL:
		printf("    because they are behind the conventional PCI bridge %s, which puts "
		       "its own id on all traffic",
		       address);
		break;
	case ACS_REASON_UNREADABLE:
		printf("    for an unknown reason: the configuration space of %s is not "
		       "readable (run as root)",
		       address);
		break;
	case ACS_REASON_NONE:
		return;
	}
	if (why->reason == ACS_REASON_PORT || why->reason == ACS_REASON_MULTIFUNCTION) {
		if (why->missing)
			printf(" (ACS lacks %s)", acs_letters(why->missing, missing));
		else
			printf(" (no ACS capability)");
	}
	if (why->may_be_quirk)
		printf("; the kernel has a quirk for it%s%s and may know better",
		       why->quirk ? ": " : "", why->quirk ? why->quirk : "");
	printf("\n");
}

static void explain_member(const struct explanation *explanation, size_t function,
			   size_t member)
{
	struct acs_explanation why = acs_explain(explanation->snapshot, function, member);

	print_function(explanation, &explanation->snapshot->functions[member], "  ");
	if (why.reason == ACS_REASON_NONE || why.culprit == SIZE_MAX)
		printf("    configuration space shows no reason: a DMA alias, or a quirk of the "
		       "kernel\n");
	else
		print_culprit(explanation, &explanation->snapshot->functions[member], &why);
}

static int explain(const struct explanation *explanation, size_t index)
{
	const struct function *function = &explanation->snapshot->functions[index];
	const struct group *group;

	print_function(explanation, function, "");
	if (function->group_fact != FACT_KNOWN) {
		printf("is in no IOMMU group: %s\n",
		       explanation->snapshot->iommu.n_units ?
			       "it is not behind any IOMMU unit (host bridges, for instance)" :
			       "no IOMMU is active; 'vfio-claim check' says what to do");
		return EXIT_AS_CONFIGURED;
	}
	group = snapshot_group(explanation->snapshot, function->group);
	if (!group || group->n_members < 2) {
		printf("is alone in group %d\n", function->group);
		return EXIT_AS_CONFIGURED;
	}
	printf("shares group %d with\n", function->group);
	for (size_t i = 0; i < group->n_members; i++)
		if (group->members[i] != index)
			explain_member(explanation, index, group->members[i]);
	return EXIT_AS_CONFIGURED;
}

static int cmd_explain(const struct cmd *cmd)
{
	CLEANUP(survey_done) struct survey survey = { .depth = SNAPSHOT_TOPOLOGY };
	CLEANUP(pci_closep) struct pci *names = NULL;
	struct explanation explanation;
	const struct function *function;
	struct bdf address;
	int r;

	if (!bdf_parse(cmd->arguments[0], &address))
		return verb_usage_error(cmd->verb, "'%s' is not a PCI address",
					cmd->arguments[0]);
	r = survey_look(&cmd->root, &survey);
	if (r < 0)
		return cmd_fail("explain", r);
	function = snapshot_find(&survey.snapshot, &address);
	if (!function) {
		fprintf(stderr, "vfio-claim: no PCI function has the address '%s'\n",
			cmd->arguments[0]);
		return EXIT_NOT_AS_CONFIGURED;
	}
	names = pci_names_open(&cmd->root);
	explanation = (struct explanation){ &survey.snapshot, names };
	return explain(&explanation, function - survey.snapshot.functions);
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "show why a function shares its IOMMU group with others",
	.arguments = "ADDRESS",
	.details = "Shows which functions share the IOMMU group of a function, and which bridge "
		   "is the cause. Only root can read the whole configuration space.",
	.run = cmd_explain,
};
