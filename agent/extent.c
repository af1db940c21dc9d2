// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists the functions that one card consists of. Pure, like plan.c.
 */
#include "plan-parts.h"

#include <stdio.h>

static bool is_card_class(const struct function *function)
{
	unsigned sub = CLASS_SUB(function->class);

	return is_display(function) || sub == SUB_AUDIO || sub == SUB_USB ||
	       sub == SUB_SERIAL_BUS;
}

static bool has_host_functions(const struct planner *planner, const struct function *display)
{
	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&function->address, &display->address) &&
		    (is_bridge(function) || !is_card_class(function)))
			return true;
	}
	return false;
}

/* An APU keeps its security processor and the host's USB in the slot of its display. */
static int add_card(struct planner *planner, struct target *target,
		    const struct function *display)
{
	bool is_shared_slot = has_host_functions(planner, display);
	char left[256] = "", subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];
	size_t used = 0;
	int r;

	r = target_add_function(target, planner_index(planner, display));
	if (r < 0)
		return r;
	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];
		bool is_ours;

		if (!bdf_is_same_slot(&function->address, &display->address))
			continue;
		/* A bridge's header and a card's class: one of the two is not so. */
		if (function->identity_fact == FACT_UNREADABLE ||
		    (is_bridge(function) && is_card_class(function)))
			target->has_unknown_function = true;
		is_ours = !is_bridge(function) && is_card_class(function) &&
			  function->id.vendor == display->id.vendor;
		if (is_shared_slot && !is_display(function) &&
		    CLASS_SUB(function->class) != SUB_AUDIO)
			is_ours = false;
		if (is_ours) {
			r = target_add_function(target, i);
			if (r < 0)
				return r;
		} else if (used < sizeof(left)) {
			used += snprintf(left + used, sizeof(left) - used,
					 "%s%s (class %04x)", used ? ", " : "",
					 bdf_format(&function->address, address),
					 CLASS_SUB(function->class));
		}
	}
	if (used)
		findings_add(&planner->plan->findings, FINDING_SLOT_HAS_HOST_FUNCTIONS,
			     bdf_format(&display->address, subject), NULL,
			     "functions of the same slot stay with the host: %s", left);
	return 0;
}

static void add_not_a_gpu_finding(struct planner *planner, const struct wanted *wanted,
				  const struct function *function)
{
	const struct function *display = NULL;
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE], remedy[160];

	for (size_t i = 0; i < planner->snapshot->n_functions && !display; i++) {
		const struct function *other = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&other->address, &function->address) &&
		    is_display(other))
			display = other;
	}
	if (display)
		snprintf(remedy, sizeof(remedy), "name the display function, %s, instead",
			 bdf_format(&display->address, address));
	findings_add(&planner->plan->findings, FINDING_NOT_A_GPU,
		     bdf_format(&function->address, subject),
		     display ? remedy :
			       "name a display function (class 03xx); for anything else use a "
			       "'device =' line",
		     "'%s' names a function of class %04x, not a display", wanted->text,
		     CLASS_SUB(function->class));
}

int plan_add_extent(struct planner *planner, struct target *target,
		    const struct function *function)
{
	char subject[PCI_ADDRESS_SIZE];

	if (target->wanted->kind == WANTED_GPU) {
		if (!is_display(function) || is_bridge(function)) {
			add_not_a_gpu_finding(planner, target->wanted, function);
			return 0;
		}
		target->is_the_card_meant = true;
		return add_card(planner, target, function);
	}
	if (is_bridge(function) || CLASS_BASE(function->class) == BASE_BRIDGE) {
		findings_add(&planner->plan->findings, FINDING_CONFIG_INVALID,
			     bdf_format(&function->address, subject), REMEDY_SETUP,
			     "'%s' names a bridge; bridges are never claimed",
			     target->wanted->text);
		return 0;
	}
	target->is_the_card_meant = true;
	return target_add_function(target, planner_index(planner, function));
}
