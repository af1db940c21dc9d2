// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names the function that a line of the configuration means, or says why there is none. Pure,
 * like plan.c.
 */
#include "plan-parts.h"

#include "select.h"

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
	findings_add(&planner->plan->findings, FINDING_GPU_MOVED,
		     bdf_format(&function->address, subject),
		     "bring the line in /etc/vfio-claim.conf up to date at leisure",
		     "the card expected as '%s' was found as %s path=%s and is followed",
		     wanted->text, found, pci_path_format(&function->path, path));
}

static void add_not_selected_finding(struct planner *planner, const struct wanted *wanted,
				     const struct selection *selection)
{
	struct findings *findings = &planner->plan->findings;
	char found[128], subject[PCI_ADDRESS_SIZE];

	switch (selection->status) {
	case SELECTION_NOT_FOUND:
		findings_add(findings, FINDING_GPU_NOT_FOUND, wanted->origin,
			     "check that the card is seated and powered; " REMEDY_SETUP,
			     "nothing here answers to '%s'", wanted->text);
		break;
	case SELECTION_CHANGED:
		describe(selection->function, found, sizeof(found));
		findings_add(findings, FINDING_GPU_CHANGED,
			     bdf_format(&selection->function->address, subject),
			     REMEDY_SETUP,
			     "expected '%s', found %s: another card, which is left alone",
			     wanted->text, found);
		break;
	case SELECTION_AMBIGUOUS:
		if (selection->is_last)
			findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin,
				     "check that the card that is meant is seated and powered; "
				     "if it is gone for good, " REMEDY_SETUP,
				     "'%s' may mean a card that is gone: of %zu such cards that "
				     "were there when the image was built one is left, which may "
				     "be the host's",
				     wanted->text, selection->matches);
		else
			findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin,
				     "add the address or path= of the one that is meant",
				     "'%s' may mean any of %zu cards", wanted->text,
				     selection->matches);
		break;
	case SELECTION_FOUND:
	case SELECTION_MOVED:
		break;
	}
}

const struct function *plan_select(struct planner *planner, const struct wanted *wanted)
{
	struct selection selection = identity_resolve(&wanted->identity, planner->snapshot);

	if (selection.status != SELECTION_FOUND && selection.status != SELECTION_MOVED) {
		add_not_selected_finding(planner, wanted, &selection);
		return NULL;
	}
	if (selection.status == SELECTION_MOVED)
		add_moved_finding(planner, wanted, selection.function);
	return selection.function;
}
