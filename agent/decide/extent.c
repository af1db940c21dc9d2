// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists the functions of one card: its slot, or everything below its own switch. Pure. */
#include "decide/extent.h"

#include "decide/plan-parts.h"
#include "model/finding.h"

#include <stdio.h>

/* A board's switch --------------------------------------------------------------------- */

/* The functions below a switch that may be part of the card. */
struct below {
	size_t n_gpu_slots;
	const struct function *gpus[2]; /* in each slot the first function of class 03xx or 1200 */
	bool is_of_one_kind; /* card classes of the display's vendor, all of them readable */
	bool is_soldered;    /* no port below the switch has a connector */
};

static const struct function *parent_of(const struct snapshot *snapshot,
					const struct function *function)
{
	return function->parent == SIZE_MAX ? NULL : &snapshot->functions[function->parent];
}

static bool is_below(const struct function *function, const struct function *bridge)
{
	return pci_path_is_below(&function->path, &bridge->path);
}

/* The upstream port of the nearest switch above this function, or NULL. If its capabilities cannot
 * be read, a bridge between two other bridges counts as one. */
static const struct function *find_switch(const struct snapshot *snapshot,
					  const struct function *function)
{
	const struct function *port = parent_of(snapshot, function);
	const struct function *top = port ? parent_of(snapshot, port) : NULL;

	if (!top || top->caps.header_fact != FACT_KNOWN || !is_bridge(top))
		return NULL;
	if (top->caps.type == PCIE_UPSTREAM_PORT)
		return top;
	return top->has_parent && top->caps.type <= PCIE_NONE ? top : NULL;
}

static void count_gpu(struct below *below, const struct function *function)
{
	const struct function *last =
		below->n_gpu_slots ? below->gpus[(below->n_gpu_slots - 1) & 1] : NULL;

	if (last && bdf_is_same_slot(&last->address, &function->address))
		return;
	below->gpus[below->n_gpu_slots & 1] = function;
	below->n_gpu_slots++;
}

static struct below look_below(const struct snapshot *snapshot,
			       const struct function *top, const struct function *display)
{
	struct below below = { .is_of_one_kind = true, .is_soldered = true };

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!is_below(function, top))
			continue;
		if (function->identity_fact == FACT_UNREADABLE || !function->detailed)
			below.is_of_one_kind = false;
		else if (is_bridge(function))
			below.is_soldered &= function->caps.type == PCIE_DOWNSTREAM_PORT &&
					     !function->caps.has_slot;
		else if (!is_card_class(function) || function->is_virtual ||
			 function->id.vendor != display->id.vendor)
			below.is_of_one_kind = false;
		else if (is_gpu(function))
			count_gpu(&below, function);
	}
	return below;
}

static bool is_same_board(const struct function *a, const struct function *b)
{
	return pci_id_equal(&a->id, &b->id) && a->subsystem_fact == FACT_KNOWN &&
	       b->subsystem_fact == FACT_KNOWN &&
	       pci_id_equal(&a->subsystem, &b->subsystem);
}

/*
 * A graphics board with two chips has one that drives the outputs. Two accelerators below a switch
 * of a server's main board have none, and one of them may be the host's.
 */
static bool is_dual_chip(const struct below *below)
{
	return below->n_gpu_slots == 2 && below->is_soldered &&
	       is_same_board(below->gpus[0], below->gpus[1]) &&
	       (CLASS_SUB(below->gpus[0]->class) == SUB_VGA ||
		CLASS_SUB(below->gpus[1]->class) == SUB_VGA);
}

/*
 * The switch that is part of the card: one of the card's maker with one GPU below it (Intel Arc),
 * or that of a board with two chips. A switch of the main board leads to functions of other makers,
 * to connectors or to several GPUs. NULL: the card has no switch, or may have none.
 */
static const struct function *find_own_switch(const struct snapshot *snapshot,
					      const struct function *display)
{
	const struct function *top = find_switch(snapshot, display);
	struct below below;

	if (!top)
		return NULL;
	below = look_below(snapshot, top, display);
	if (!below.is_of_one_kind)
		return NULL;
	return (below.n_gpu_slots == 1 && top->id.vendor == display->id.vendor) ||
			       is_dual_chip(&below) ?
		       top :
		       NULL;
}

/* The slot ------------------------------------------------------------------------------- */

static bool has_host_functions(const struct planner *planner, const struct function *display)
{
	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&function->address, &display->address) &&
		    !function->is_virtual &&
		    (is_bridge(function) || !is_card_class(function)))
			return true;
	}
	return false;
}

/* An APU keeps its security processor and the host's USB in the slot of its display. */
static bool is_own_function(const struct function *function,
			    const struct function *display, bool is_shared_slot)
{
	unsigned sub = CLASS_SUB(function->class);

	return !is_bridge(function) && !function->is_virtual && is_card_class(function) &&
	       function->id.vendor == display->id.vendor &&
	       (!is_shared_slot || is_gpu(function) || sub == SUB_AUDIO);
}

static int add_slot(struct planner *planner, struct target *target,
		    const struct function *display)
{
	bool is_shared_slot = has_host_functions(planner, display);
	char left[256] = "", subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];

		if (!bdf_is_same_slot(&function->address, &display->address))
			continue;
		/* The header of a bridge contradicts the class of a card. */
		if (function->identity_fact == FACT_UNREADABLE ||
		    (is_bridge(function) && is_card_class(function)))
			target->has_unknown_function = true;
		if (is_own_function(function, display, is_shared_slot)) {
			if (target_add_function(target, i) < 0)
				return -ENOMEM;
		} else if (used < sizeof(left)) {
			used += snprintf(left + used, sizeof(left) - used,
					 "%s%s (class %04x)", used ? ", " : "",
					 bdf_format(&function->address, address),
					 CLASS_SUB(function->class));
		}
	}
	if (used)
		findings_add(&planner->plan->findings,
			     bdf_format(&display->address, subject), SAY_SLOT_SHARED, left);
	return 0;
}

bool extent_may_be_part(const struct snapshot *snapshot, const struct function *display,
			const struct function *function)
{
	const struct function *top = find_switch(snapshot, display);

	return top && is_below(function, top) && !is_bridge(function) &&
	       !bdf_is_same_slot(&function->address, &display->address) &&
	       function->id.vendor == display->id.vendor && is_card_class(function);
}

/* A switch may hold functions of the card in another slot. The claim leaves them out, but a line
 * can name them. */
static void add_neighbour_findings(struct planner *planner, const struct function *display)
{
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];

		if (!extent_may_be_part(planner->snapshot, display, function))
			continue;
		bdf_format(&function->address, address);
		findings_add_as(&planner->plan->findings, SEVERITY_INFO,
				bdf_format(&display->address, subject), SAY_NEIGHBOUR,
				address, CLASS_SUB(function->class),
				is_gpu(function) ? "gpu" : "device", address);
	}
}

static int add_card(struct planner *planner, struct target *target,
		    const struct function *display)
{
	const struct function *top = find_own_switch(planner->snapshot, display);
	int r;

	r = target_add_function(target, planner_index(planner, display));
	if (r == 0)
		r = add_slot(planner, target, display);
	if (r == 0 && !top)
		add_neighbour_findings(planner, display);
	for (size_t i = 0; r == 0 && top && i < planner->snapshot->n_functions; i++)
		if (is_below(&planner->snapshot->functions[i], top) &&
		    !is_bridge(&planner->snapshot->functions[i]))
			r = target_add_function(target, i);
	return r;
}

/* What a line may name -------------------------------------------------------------------- */

static void add_not_a_gpu_finding(struct planner *planner, const struct wanted *wanted,
				  const struct function *function)
{
	const struct function *display = NULL;
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE], remedy[160];

	for (size_t i = 0; i < planner->snapshot->n_functions && !display; i++) {
		const struct function *other = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&other->address, &function->address) && is_gpu(other))
			display = other;
	}
	if (display)
		snprintf(remedy, sizeof(remedy), REMEDY_NAME_DISPLAY,
			 bdf_format(&display->address, address));
	findings_add(&planner->plan->findings, bdf_format(&function->address, subject),
		     FINDING_NOT_A_GPU, display ? remedy : REMEDY_NOT_A_GPU,
		     TEXT_NOT_A_GPU, wanted->text, CLASS_SUB(function->class));
}

/* The host needs its host bridge to reach anything, and its ISA or LPC bridge to reach the firmware.
 * Any other function of the class is a bridge only if its header says so (NVSwitch is none). */
static bool is_never_claimed(const struct function *function)
{
	unsigned sub = CLASS_SUB(function->class);

	return is_bridge(function) || sub == SUB_HOST_BRIDGE || sub == SUB_ISA_BRIDGE ||
	       (CLASS_BASE(function->class) == BASE_BRIDGE &&
		function->caps.header_fact != FACT_KNOWN);
}

int plan_add_extent(struct planner *planner, struct target *target,
		    const struct function *function)
{
	char subject[PCI_ADDRESS_SIZE];
	int r;

	if (target->wanted->kind == WANTED_GPU) {
		if (!is_gpu(function) || is_bridge(function)) {
			add_not_a_gpu_finding(planner, target->wanted, function);
			return 0;
		}
		r = add_card(planner, target, function);
	} else if (is_never_claimed(function)) {
		findings_add(&planner->plan->findings,
			     bdf_format(&function->address, subject), SAY_BRIDGE,
			     target->wanted->text);
		return 0;
	} else {
		r = target_add_function(target, planner_index(planner, function));
	}
	target->is_the_card_meant = r == 0;
	target->n_own = target->n_functions;
	return r;
}
