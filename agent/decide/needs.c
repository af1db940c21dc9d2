// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which functions of the snapshot may not be taken from the host? Pure: needs in, marks out.
 */
#include "decide/needs.h"

#include "model/function.h"

#include <stdio.h>

int needs_mark_function(struct function *function, const char *use)
{
	char *text;

	function->is_needed = true;
	if (!function->used_for)
		return (function->used_for = strdup(use)) ? 0 : -ENOMEM;
	if (strstr(function->used_for, use))
		return 0;
	text = text_format("%s, %s", function->used_for, use);
	if (!text)
		return -ENOMEM;
	free(function->used_for);
	function->used_for = text;
	return 0;
}

/* The next word that begins with one of the names; *cursor moves behind it. */
static const char *next_parameter(const char **cursor, size_t *ret_size)
{
	static const char *const names[] = {
		"resume=",    "ip=",	   "BOOTIF=", "netroot=", "nfsroot=", "nbdroot=",
		"rd.neednet", "rd.iscsi.", "iscsi_",  "rd.nvmf.", "fcoe=",
	};

	while (**cursor) {
		const char *word = *cursor + strspn(*cursor, " \t\n");

		*ret_size = strcspn(word, " \t\n");
		*cursor = word + *ret_size;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (has_prefix(word, names[i]))
				return word;
	}
	return NULL;
}

bool needs_are_parameters_equal(const char *a, const char *b)
{
	const char *word, *other;
	size_t size, other_size;

	do {
		word = next_parameter(&a, &size);
		other = next_parameter(&b, &other_size);
		if (!word || !other)
			return word == other;
	} while (size == other_size && !memcmp(word, other, size));
	return false;
}

int needs_find_parameters(const char *cmdline, char **ret_words)
{
	char *words = malloc(strlen(cmdline) + 1), *end = words;
	const char *word;
	size_t size;

	if (!words)
		return -ENOMEM;
	while ((word = next_parameter(&cmdline, &size))) {
		if (end > words)
			*end++ = ' ';
		memcpy(end, word, size);
		end += size;
	}
	*end = '\0';
	*ret_words = words;
	return 0;
}

/* The kernel numbers the domains that a function makes of its own from 0x10000 on
 * (drivers/pci/controller/vmd.c: vmd_find_free_domain()). They are there once its driver is. */
static bool is_behind_another(const struct bdf *address)
{
	return address->domain > 0xffff;
}

/* What the need hangs on by a controller that is here is known, and kept with the controller. */
static int mark_functions(const struct host_need *need, struct snapshot *snapshot)
{
	bool is_found = false;

	for (size_t k = 0; k < need->n_functions; k++) {
		struct function *function = snapshot_find(snapshot, &need->functions[k]);

		if (!function && !(is_found && is_behind_another(&need->functions[k])))
			snapshot->needs_fact = FACT_UNREADABLE;
		if (function && needs_mark_function(function, need->use) < 0)
			return -ENOMEM;
		is_found |= function != NULL;
	}
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
		if (mark_functions(need, snapshot) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool is_needed_or_in_doubt(const struct snapshot *snapshot, const struct function *function)
{
	return function->is_needed ||
	       (snapshot->needs_fact != FACT_KNOWN && could_be_needed(function));
}
