// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the cards that lines of the configuration name, for a person to recognise. Judges nothing. */
#include "cmd/after/resolve.h"

#include "decide/identity.h"
#include "facts/pci.h"

static int scan(const struct root *root, struct snapshot *snapshot)
{
	int r = pci_scan(root, snapshot);

	for (size_t i = 0; i < snapshot->n_functions; i++)
		pci_read_path(root, &snapshot->functions[i]);
	return r == -ENOMEM ? r : 0;
}

static bool is_kind(const struct identity *identity, const struct function *function)
{
	return !identity->has_id || pci_id_equal(&identity->id, &function->id);
}

static const struct function *find_at_place(const struct identity *identity,
					    const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (identity_is_place(identity, function) && is_kind(identity, function))
			return function;
	}
	return NULL;
}

/* A card that has moved, or that its line names by id alone: only if there is one. */
static const struct function *find_alike(const struct identity *identity,
					 const struct snapshot *snapshot)
{
	const struct function *found = NULL;

	for (size_t i = 0; identity->has_id && i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!is_kind(identity, function))
			continue;
		if (found)
			return NULL;
		found = function;
	}
	return found;
}

int resolve_wanted(const struct root *root, const struct config *config,
		   struct snapshot *ret_snapshot, const struct function **ret_found)
{
	int r = scan(root, ret_snapshot);

	for (size_t i = 0; i < config->n_wanted; i++) {
		const struct identity *identity = &config->wanted[i].identity;

		ret_found[i] = find_at_place(identity, ret_snapshot);
		if (!ret_found[i])
			ret_found[i] = find_alike(identity, ret_snapshot);
	}
	return r;
}
