// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the function that a line of the configuration means, or adds the reason why not. Pure. */
#include "decide/plan-parts.h"

#include "decide/known.h"
#include "decide/reserve.h"
#include "decide/select.h"
#include "model/finding.h"

#include <stdio.h>

static void describe(const struct function *function, char *buffer, size_t size)
{
	char address[PCI_ADDRESS_SIZE], serial[PCI_SERIAL_SIZE], subsystem[48] = "";

	if (function->subsystem_fact == FACT_KNOWN)
		snprintf(subsystem, sizeof(subsystem), " (subsystem %04x:%04x)",
			 function->subsystem.vendor, function->subsystem.device);
	snprintf(buffer, size, "%s %04x:%04x%s%s%s",
		 bdf_format(&function->address, address), function->id.vendor,
		 function->id.device, subsystem,
		 function->caps.serial_fact == FACT_KNOWN ? " serial " : "",
		 function->caps.serial_fact == FACT_KNOWN ?
			 pci_serial_format(function->caps.serial, serial) :
			 "");
}

static void add_moved_finding(struct planner *planner, const struct wanted *wanted,
			      const struct function *function)
{
	char found[128], path[PCI_PATH_SIZE], subject[PCI_ADDRESS_SIZE];

	describe(function, found, sizeof(found));
	findings_add(&planner->plan->findings, bdf_format(&function->address, subject),
		     SAY_MOVED, wanted->text, found,
		     pci_path_format(&function->path, path));
}

/* `setup` chooses among GPUs. For other devices the user edits the file of known cards. */
static void format_choice(const struct wanted *wanted, const struct function *function,
			  char *buffer, size_t size)
{
	char address[PCI_ADDRESS_SIZE];

	if (wanted->kind == WANTED_GPU && function)
		snprintf(buffer, size, CLAUSE_SETUP,
			 bdf_format(&function->address, address));
	else
		snprintf(buffer, size, CLAUSE_FORGET, KNOWN_PATH);
}

static void add_ambiguous_finding(struct planner *planner, const struct wanted *wanted,
				  const struct selection *selection)
{
	struct findings *findings = &planner->plan->findings;
	char found[128] = "", choice[256], remedy[384];

	if (selection->function)
		describe(selection->function, found, sizeof(found));
	format_choice(wanted, selection->function, choice, sizeof(choice));
	switch (selection->doubt) {
	case DOUBT_SEVERAL:
		findings_add(findings, wanted->origin, SAY_SEVERAL, wanted->text,
			     selection->n_here);
		break;
	case DOUBT_GONE:
		snprintf(remedy, sizeof(remedy), REMEDY_GONE, choice);
		findings_add(findings, wanted->origin, FINDING_GPU_AMBIGUOUS, remedy,
			     TEXT_GONE, wanted->text, selection->n_known,
			     selection->n_here, found);
		break;
	case DOUBT_UNREMEMBERED:
		snprintf(remedy, sizeof(remedy), REMEDY_WHICH_CARD, choice);
		findings_add(findings, wanted->origin, FINDING_GPU_AMBIGUOUS, remedy,
			     TEXT_UNREMEMBERED, wanted->text, found);
		break;
	case DOUBT_SWAPPED:
		snprintf(remedy, sizeof(remedy), REMEDY_WHICH_CARD, choice);
		findings_add(findings, wanted->origin, FINDING_GPU_AMBIGUOUS, remedy,
			     TEXT_SWAPPED, wanted->text, found);
		break;
	}
}

static void add_virtual_finding(struct planner *planner, const struct wanted *wanted,
				const struct selection *selection)
{
	char address[PCI_ADDRESS_SIZE], physical[PCI_ADDRESS_SIZE], remedy[192];
	const struct function *function = selection->function;

	bdf_format(&selection->physical, physical);
	snprintf(remedy, sizeof(remedy), REMEDY_VIRTUAL, physical);
	if (function)
		findings_add(&planner->plan->findings,
			     bdf_format(&function->address, address),
			     FINDING_VIRTUAL_FUNCTION, remedy, TEXT_VIRTUAL, wanted->text,
			     physical, physical);
	else
		findings_add(&planner->plan->findings, wanted->origin,
			     FINDING_GPU_NOT_FOUND, remedy, TEXT_MAY_BE_VIRTUAL,
			     wanted->text, physical, physical);
}

static void add_not_selected_finding(struct planner *planner, const struct wanted *wanted,
				     const struct selection *selection)
{
	struct findings *findings = &planner->plan->findings;
	char found[128], subject[PCI_ADDRESS_SIZE];

	switch (selection->status) {
	case SELECTION_NOT_FOUND:
		if (selection->is_removable)
			findings_add(findings, wanted->origin, SAY_NOT_FOUND_REMOVABLE,
				     wanted->text);
		else
			findings_add(findings, wanted->origin, SAY_NOT_FOUND, wanted->text);
		break;
	case SELECTION_CHANGED:
		describe(selection->function, found, sizeof(found));
		findings_add(findings, bdf_format(&selection->function->address, subject),
			     SAY_OTHER_CARD, wanted->text, found);
		break;
	case SELECTION_AMBIGUOUS:
		add_ambiguous_finding(planner, wanted, selection);
		break;
	case SELECTION_VIRTUAL:
		add_virtual_finding(planner, wanted, selection);
		break;
	case SELECTION_FOUND:
	case SELECTION_MOVED:
		break;
	}
}

/* The driver that will be asked before vfio-pci for a display of this vendor; NULL: none is known. */
static const char *find_first_driver(const struct planner *planner, uint16_t vendor)
{
	unsigned registered = planner->snapshot->registered;
	size_t i = FIRST_DRIVERS;

	if (registered >> FIRST_VFIO & 1 || planner->config->is_for_next_boot)
		return NULL;
	while (i-- > 0)
		if (registered >> i & 1 && first_drivers[i].vendor == vendor)
			return first_drivers[i].name;
	return NULL;
}

/* What becomes of a card that comes after the agent has run. */
static void add_awaited_finding(struct planner *planner, const struct wanted *wanted)
{
	const struct identity *identity = &wanted->identity;
	struct findings *findings = &planner->plan->findings;
	const char *first = wanted->kind == WANTED_GPU ?
				    find_first_driver(planner, identity->id.vendor) :
				    NULL;
	const char *why = first;

	if (!identity->has_id) /* perhaps mistyped */
		return;
	if (!first && !identity->has_subsystem)
		why = "its line has no subsystem=";
	else if (!first && !is_reservable(planner->snapshot, &identity->id,
					  &identity->subsystem, NULL))
		why = "another card here has the same id";
	if (why)
		findings_add(findings, wanted->origin, FINDING_GPU_AWAITED, REMEDY_AWAITED,
			     first ? TEXT_AWAITED_BEHIND : TEXT_AWAITED_LATE, why);
	else
		findings_add(findings, wanted->origin, SAY_AWAITED);
}

const struct function *plan_select(struct planner *planner, const struct wanted *wanted,
				   bool *ret_is_awaited)
{
	struct selection selection;

	if (ret_is_awaited)
		*ret_is_awaited = false;
	if (wanted->kind == WANTED_VF)
		return snapshot_find(planner->snapshot, &wanted->identity.address);
	selection = identity_resolve(&wanted->identity, planner->snapshot);
	if (ret_is_awaited)
		*ret_is_awaited = selection.status == SELECTION_NOT_FOUND;
	if (selection.status != SELECTION_FOUND && selection.status != SELECTION_MOVED) {
		add_not_selected_finding(planner, wanted, &selection);
		if (ret_is_awaited && *ret_is_awaited)
			add_awaited_finding(planner, wanted);
		return NULL;
	}
	if (selection.status == SELECTION_MOVED)
		add_moved_finding(planner, wanted, selection.function);
	return selection.function;
}
