// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names the function that a line of the configuration means, or says why there is none. Pure,
 * like plan.c.
 */
#include "decide/plan-parts.h"

#include "decide/known.h"
#include "decide/select.h"

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
		     "bring the line in /etc/vfio-claim.conf up to date",
		     "the card expected as '%s' was found as %s path=%s and is followed",
		     wanted->text, found, pci_path_format(&function->path, path));
}

/* `setup` chooses among GPUs; what is remembered of other devices is a file that can be edited. */
static void format_choice(const struct wanted *wanted, const struct function *function,
			  char *buffer, size_t size)
{
	char address[PCI_ADDRESS_SIZE];

	if (wanted->kind == WANTED_GPU && function)
		snprintf(buffer, size, "run 'vfio-claim setup %s' for this one",
			 bdf_format(&function->address, address));
	else
		snprintf(buffer, size,
			 "remove the line of the card that is gone from " KNOWN_PATH
			 ", correct the one in /etc/vfio-claim.conf and run "
			 "'vfio-claim setup --rebuild'");
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
		findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin,
			     "add the address, path= or serial= of the one that is meant",
			     "'%s' may mean any of %zu cards", wanted->text,
			     selection->n_here);
		break;
	case DOUBT_GONE:
		snprintf(remedy, sizeof(remedy),
			 "check that every such card is seated and powered; if one is gone for "
			 "good, %s",
			 choice);
		findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin, remedy,
			     "'%s' may mean a card that is gone: of %zu such cards that are "
			     "known, %zu %s left, and %s may be the host's",
			     wanted->text, selection->n_known, selection->n_here,
			     selection->n_here == 1 ? "is" : "are", found);
		break;
	case DOUBT_UNREMEMBERED:
		snprintf(remedy, sizeof(remedy), "check which card this is, then %s",
			 choice);
		findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin, remedy,
			     "'%s' is not where the line says, and was never seen there: %s may be "
			     "another card, the host's",
			     wanted->text, found);
		break;
	case DOUBT_SWAPPED:
		snprintf(remedy, sizeof(remedy), "check which card this is, then %s",
			 choice);
		findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin, remedy,
			     "another card may be where '%s' was: %s is behind another root port, "
			     "or with other functions in its slot, than that card was",
			     wanted->text, found);
		break;
	}
}

static void add_virtual_finding(struct planner *planner, const struct wanted *wanted,
				const struct selection *selection)
{
	char address[PCI_ADDRESS_SIZE], physical[PCI_ADDRESS_SIZE], remedy[192];
	const struct function *function = selection->function;

	bdf_format(&selection->physical, physical);
	snprintf(remedy, sizeof(remedy),
		 "remove the line, and bind the function to vfio-pci in the running system, once "
		 "the driver of %s has made it",
		 physical);
	findings_add(&planner->plan->findings,
		     function ? FINDING_VIRTUAL_FUNCTION : FINDING_GPU_NOT_FOUND,
		     function ? bdf_format(&function->address, address) : wanted->origin,
		     remedy,
		     "'%s' %s a virtual function of %s: it appears only after that function's "
		     "driver has made it, and the agent runs before; %s itself is left alone",
		     wanted->text, function ? "is" : "may mean", physical, physical);
}

static void add_not_found_finding(struct planner *planner, const struct wanted *wanted,
				  const struct selection *selection)
{
	bool is_removable = selection->is_removable;

	findings_add(&planner->plan->findings, FINDING_GPU_NOT_FOUND, wanted->origin,
		     is_removable ?
			     "connect and power the card before the machine starts; " REMEDY_SETUP :
			     "check that the card is seated and powered; " REMEDY_SETUP,
		     "nothing here answers to '%s'%s", wanted->text,
		     is_removable ?
			     ": the card is removable, and may not be there yet when the "
			     "agent runs" :
			     "");
}

static void add_not_selected_finding(struct planner *planner, const struct wanted *wanted,
				     const struct selection *selection)
{
	char found[128], subject[PCI_ADDRESS_SIZE];

	switch (selection->status) {
	case SELECTION_NOT_FOUND:
		add_not_found_finding(planner, wanted, selection);
		break;
	case SELECTION_CHANGED:
		describe(selection->function, found, sizeof(found));
		findings_add(&planner->plan->findings, FINDING_GPU_CHANGED,
			     bdf_format(&selection->function->address, subject),
			     REMEDY_SETUP,
			     "expected '%s', found %s: another card, which is left alone",
			     wanted->text, found);
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
