// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the display without which the host would have no picture. Pure. */
#include "decide/judge-parts.h"

#include "decide/identity.h"
#include "decide/member.h"

/* A line that matches no card may mean any function that its words do not contradict. */
static bool may_mean(const struct target *target, const struct function *function)
{
	const struct identity *identity = &target->wanted->identity;

	return !target->n_functions && identity_concerns(identity, function) &&
	       (!identity->has_id || function->identity_fact == FACT_UNREADABLE ||
		pci_id_equal(&identity->id, &function->id));
}

/* The lines decide, not the verdicts: a refused card stays with the host, but must not allow the
 * claim of another one. */
static bool is_asked_for(const struct plan *plan, const struct snapshot *snapshot,
			 size_t index)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		if (target_has_function(&plan->targets[i], index) ||
		    may_mean(&plan->targets[i], &snapshot->functions[index]))
			return true;
	return false;
}

/* The console's display comes before any other, and among equals the first in the list. A display
 * on vfio-pci shows nothing in this boot, though it may in the next. */
static unsigned rank(const struct config *config, const struct function *function)
{
	if (function->is_virtual || !may_show_picture(function))
		return 0;
	if (function->driver && is_vfio_driver(function->driver) &&
	    !config->is_for_next_boot)
		return 1;
	return 2 + is_host_display(function) + 2 * function->is_boot_vga +
	       4 * function->has_firmware_framebuffer;
}

size_t displays_find_last(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan)
{
	unsigned highest = 0;
	size_t last = SIZE_MAX;

	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_host_display(&snapshot->functions[i]) &&
		    !is_asked_for(plan, snapshot, i))
			return SIZE_MAX;
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		for (size_t k = 0; k < target->n_functions; k++) {
			size_t index = target->functions[k];
			unsigned here = rank(config, &snapshot->functions[index]);

			if (here > highest || (here && here == highest && index < last)) {
				highest = here;
				last = index;
			}
		}
	}
	return last;
}
