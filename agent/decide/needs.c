// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks the functions of the snapshot that the host needs. Pure: needs in, marks out. */
#include "decide/needs.h"

#include "base/parameter.h"
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

/* The next parameter about a network, or the device to resume from. False: no more. */
static bool next_parameter(const char **cursor, struct parameter *parameter)
{
	static const char *const names[] = {
		"resume=",    "ip=",	   "BOOTIF=", "netroot=", "nfsroot=", "nbdroot=",
		"rd.neednet", "rd.iscsi.", "iscsi_",  "rd.nvmf.", "fcoe=",
	};

	while (parameter_next(cursor, parameter))
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (has_prefix(parameter->text, names[i]))
				return true;
	return false;
}

bool needs_are_parameters_equal(const char *a, const char *b)
{
	struct parameter word, other;

	while (next_parameter(&a, &word))
		if (!next_parameter(&b, &other) || word.size != other.size ||
		    memcmp(word.text, other.text, word.size) != 0)
			return false;
	return !next_parameter(&b, &other);
}

int needs_find_parameters(const char *cmdline, char **ret_words)
{
	char *words = malloc(strlen(cmdline) + 1), *end = words;
	struct parameter word;

	if (!words)
		return -ENOMEM;
	while (next_parameter(&cmdline, &word)) {
		if (end > words)
			*end++ = ' ';
		memcpy(end, word.text, word.size);
		end += word.size;
	}
	*end = '\0';
	*ret_words = words;
	return 0;
}

/* The kernel numbers the domains that a function creates from 0x10000 on
 * (drivers/pci/controller/vmd.c: vmd_find_free_domain()). They exist once its driver is bound. */
static bool is_behind_another(const struct bdf *address)
{
	return address->domain > 0xffff;
}

/* A need behind a controller that is here is known: the host keeps the controller. */
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
	/* An empty list is no answer: every host boots from something. */
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
