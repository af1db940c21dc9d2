// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which functions of the snapshot may not be taken from the host? Pure: needs in, marks out.
 */
#include "needs.h"

#include <stdio.h>

int needs_mark_function(struct function *function, const char *use)
{
	char *text;

	function->is_needed = true;
	if (!function->used_for)
		return (function->used_for = strdup(use)) ? 0 : -ENOMEM;
	if (strstr(function->used_for, use))
		return 0;
	if (asprintf(&text, "%s, %s", function->used_for, use) < 0)
		return -ENOMEM;
	free(function->used_for);
	function->used_for = text;
	return 0;
}

int needs_mark(const struct host_needs *needs, struct snapshot *snapshot)
{
	/* No need at all is no answer: every host boots from something. */
	snapshot->needs_fact = needs->n ? FACT_KNOWN : FACT_UNREADABLE;
	for (size_t i = 0; i < needs->n; i++) {
		const struct host_need *need = &needs->items[i];

		if (!need->n_functions && !need->is_virtual)
			snapshot->needs_fact = FACT_UNREADABLE;
		for (size_t k = 0; k < need->n_functions; k++) {
			struct function *function =
				snapshot_find(snapshot, &need->functions[k]);

			if (!function)
				snapshot->needs_fact = FACT_UNREADABLE;
			else if (needs_mark_function(function, need->use) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}
