// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges the load of the vfio modules for one card: the kernel must accept each module, and
 * vfio-pci must bind to no function that is not to be claimed. Pure.
 */
#include "decide/judge-parts.h"

#include "model/finding.h"
#include <stdio.h>

/* vfio-pci refuses bridges (vfio_pci_core_register_device()); a bound function keeps its driver. */
static bool is_free_for_vfio(const struct judgement *judgement,
			     const struct function *function)
{
	if (is_bridge(function))
		return false;
	return function->driver_fact != FACT_KNOWN || is_vfio_driver(function->driver) ||
	       (judgement->config->is_for_next_boot && !function->is_driver_builtin);
}

/* A refused card blocks no other claim, because the agent passes no `ids=` on. Functions that the
 * card would have drawn in stay with the host. */
static bool is_meant(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];
		size_t n = target->verdict == VERDICT_CLAIM ? target->n_functions :
							      target->n_own;

		for (size_t k = 0; k < n; k++)
			if (target->functions[k] == index)
				return true;
	}
	return false;
}

/* One function may refuse several cards, but gets one finding. */
static void add_reached_finding(const struct judgement *judgement,
				const struct function *function)
{
	char subject[PCI_ADDRESS_SIZE], remedy[160];

	bdf_format(&function->address, subject);
	if (findings_have_of(judgement->findings, FINDING_WIDER_CLAIM, subject))
		return;
	snprintf(remedy, sizeof(remedy), REMEDY_WIDER_FUNCTION,
		 is_gpu(function) ? "gpu" : "device", subject);
	findings_add(judgement->findings, subject, FINDING_WIDER_CLAIM, remedy,
		     TEXT_WIDER_FUNCTION, judgement->snapshot->ids_origin,
		     function->id.vendor, function->id.device, CLASS_SUB(function->class));
}

static bool is_nothing_else_reached(const struct judgement *judgement)
{
	const struct snapshot *snapshot = judgement->snapshot;
	char subject[PCI_ADDRESS_SIZE], other[PCI_ADDRESS_SIZE];
	const struct function *reached = NULL;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!function->is_reached_by_ids ||
		    (is_meant(judgement->plan, i) && !function->is_needed) ||
		    !is_free_for_vfio(judgement, function))
			continue;
		add_reached_finding(judgement, function);
		reached = reached ? reached : function;
	}
	if (!reached)
		return true;
	bdf_format(&target_function(judgement, 0)->address, subject);
	if (findings_have_of(judgement->findings, FINDING_WIDER_CLAIM, subject))
		return false;
	findings_add(judgement->findings, subject, SAY_WIDER_CARD, snapshot->ids_origin,
		     bdf_format(&reached->address, other));
	return false;
}

static bool is_loadable(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE], remedy[128];

		if (!function->rejected_module)
			continue;
		if (strchr(judgement->snapshot->rejecting_parameter, '='))
			snprintf(remedy, sizeof(remedy), REMEDY_MODULE_BANNED,
				 judgement->snapshot->rejecting_parameter,
				 function->rejected_module);
		else /* nomodule */
			snprintf(remedy, sizeof(remedy), REMEDY_REMOVE_WORD,
				 judgement->snapshot->rejecting_parameter);
		findings_add(judgement->findings, bdf_format(&function->address, subject),
			     FINDING_MODULE_REJECTED, remedy, TEXT_MODULE_BANNED,
			     judgement->snapshot->rejecting_parameter,
			     function->rejected_module);
		return false;
	}
	return true;
}

bool is_load_harmless(const struct judgement *judgement)
{
	bool is_harmless = is_nothing_else_reached(judgement);

	return is_loadable(judgement) && is_harmless;
}
