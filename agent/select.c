// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which function does an identity mean? Pure: identity and snapshot in, answer out.
 */
#include "select.h"

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
static bool is_last_of_several(const struct identity *identity,
			       const struct function *function, size_t n_present,
			       size_t *ret_built)
{
	*ret_built = identity->has_subsystem ? function->n_built_twins :
					       function->n_built_alike;
	return !identity->has_serial && *ret_built > n_present;
}

/* The one card with this id and subsystem; functions of one slot are one card. Of two of which one
 * cannot be read, that one may be meant, and the other be the host's. */
static const struct function *find_by_id(const struct identity *identity,
					 const struct snapshot *snapshot,
					 size_t *ret_matches, bool *ret_is_last)
{
	const struct function *found = NULL, *last = NULL;
	size_t n_built, n_present = 0;

	*ret_matches = 0;
	if (!identity->has_id)
		return NULL;
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!identity_print_may_agree(identity, function))
			continue;
		n_present++;
		if (last && bdf_is_same_slot(&last->address, &function->address))
			continue; /* sorted by address: one slot's functions follow each other */
		last = function;
		if (!found && identity_print_agrees(identity, function))
			found = function;
		++*ret_matches;
	}
	*ret_is_last = *ret_matches == 1 && found &&
		       is_last_of_several(identity, found, n_present, &n_built);
	if (*ret_is_last)
		*ret_matches = n_built;
	return *ret_matches == 1 ? found : NULL;
}

struct selection identity_resolve(const struct identity *identity,
				  const struct snapshot *snapshot)
{
	const struct function *there = NULL, *found = NULL;
	struct selection selection = {};

	if (identity->has_address) {
		there = snapshot_find(snapshot, &identity->address);
		if (there && identity_agrees(identity, there)) {
			selection.function = there;
			return selection;
		}
	}
	if (identity->has_path) {
		const struct function *by_path = find_by_path(snapshot, &identity->path);

		if (by_path && identity_print_agrees(identity, by_path))
			found = by_path;
		else if (!there)
			there = by_path;
	}
	if (!found)
		found = find_by_id(identity, snapshot, &selection.matches,
				   &selection.is_last);
	if (found) {
		/* An address that was given and held was answered above. */
		bool is_as_said = !identity->has_address &&
				  identity_agrees(identity, found);

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
