// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which function does a selector name? Pure: selector and snapshot in, answer out.
 */
#include "select.h"

static bool subsystem_agrees(const struct selector *selector,
			     const struct function *function)
{
	return !selector->has_subsystem ||
	       (function->subsystem_fact == FACT_KNOWN &&
		pci_id_equal(&selector->subsystem, &function->subsystem));
}

/* A card without the capability, or whose configuration space is not readable that far, is not
 * known to be the one. */
static bool serial_agrees(const struct selector *selector, const struct function *function)
{
	return !selector->has_serial || (function->caps.serial_fact == FACT_KNOWN &&
					 function->caps.serial == selector->serial);
}

static bool fingerprint_agrees(const struct selector *selector,
			       const struct function *function)
{
	return (!selector->has_id || pci_id_equal(&selector->id, &function->id)) &&
	       subsystem_agrees(selector, function) && serial_agrees(selector, function);
}

/* What cannot be read may be as the selector says. */
static bool fingerprint_may_agree(const struct selector *selector,
				  const struct function *function)
{
	if (function->identity_fact == FACT_UNREADABLE)
		return true;
	return pci_id_equal(&selector->id, &function->id) &&
	       (subsystem_agrees(selector, function) ||
		function->subsystem_fact == FACT_UNREADABLE) &&
	       (serial_agrees(selector, function) ||
		function->caps.serial_fact == FACT_UNREADABLE);
}

bool selector_agrees(const struct selector *selector, const struct function *function)
{
	return fingerprint_agrees(selector, function) &&
	       (!selector->has_path || pci_path_equal(&selector->path, &function->path));
}

bool selector_concerns(const struct selector *selector, const struct function *function)
{
	return (selector->has_address &&
		!bdf_compare(&selector->address, &function->address)) ||
	       (selector->has_id && pci_id_equal(&selector->id, &function->id)) ||
	       (selector->has_path && pci_path_equal(&selector->path, &function->path));
}

static const struct function *find_by_path(const struct snapshot *snapshot,
					   const struct pci_path *path)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (pci_path_equal(path, &snapshot->functions[i].path))
			return &snapshot->functions[i];
	return NULL;
}

/*
 * There were more such functions when the image was built than are there now: nobody knows whether
 * the configuration meant one that is gone, and this one is the host's. A serial number would tell.
 */
static bool is_last_of_several(const struct selector *selector,
			       const struct function *function, size_t n_present,
			       size_t *ret_built)
{
	*ret_built = selector->has_subsystem ? function->n_built_twins :
					       function->n_built_alike;
	return !selector->has_serial && *ret_built > n_present;
}

/* The one card with this id and subsystem; functions of one slot are one card. Of two of which one
 * cannot be read, that one may be meant, and the other be the host's. */
static const struct function *find_by_id(const struct selector *selector,
					 const struct snapshot *snapshot,
					 size_t *ret_matches, bool *ret_is_last)
{
	const struct function *found = NULL, *last = NULL;
	size_t n_built, n_present = 0;

	*ret_matches = 0;
	if (!selector->has_id)
		return NULL;
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!fingerprint_may_agree(selector, function))
			continue;
		n_present++;
		if (last && bdf_is_same_slot(&last->address, &function->address))
			continue; /* sorted by address: one slot's functions follow each other */
		last = function;
		if (!found && fingerprint_agrees(selector, function))
			found = function;
		++*ret_matches;
	}
	*ret_is_last = *ret_matches == 1 && found &&
		       is_last_of_several(selector, found, n_present, &n_built);
	if (*ret_is_last)
		*ret_matches = n_built;
	return *ret_matches == 1 ? found : NULL;
}

struct selection selector_resolve(const struct selector *selector,
				  const struct snapshot *snapshot)
{
	const struct function *there = NULL, *found = NULL;
	struct selection selection = {};

	if (selector->has_address) {
		there = snapshot_find(snapshot, &selector->address);
		if (there && selector_agrees(selector, there)) {
			selection.function = there;
			return selection;
		}
	}
	if (selector->has_path) {
		const struct function *by_path = find_by_path(snapshot, &selector->path);

		if (by_path && fingerprint_agrees(selector, by_path))
			found = by_path;
		else if (!there)
			there = by_path;
	}
	if (!found)
		found = find_by_id(selector, snapshot, &selection.matches,
				   &selection.is_last);
	if (found) {
		/* An address that was given and held was answered above. */
		bool is_as_said = !selector->has_address &&
				  selector_agrees(selector, found);

		selection.status = is_as_said ? SELECTION_FOUND : SELECTION_MOVED;
		selection.function = found;
	} else if (selection.matches > 1) {
		selection.status = SELECTION_AMBIGUOUS;
	} else if (there) {
		selection.status = SELECTION_CHANGED;
		selection.function = there;
	} else {
		selection.status = SELECTION_NOT_FOUND;
	}
	return selection;
}
