/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* One assignment of a variable, in a file that a shell reads. */
struct shell_value {
	size_t variable;    /* the index of its name */
	unsigned line;	    /* where it begins, from 1 */
	size_t begin, end;  /* the text between the quotes */
	char quote;	    /* the quote around it; 0: none */
	bool is_unsafe;	    /* not one plain text, or not always assigned */
	bool is_overridden; /* by a later one */
};

struct shell_values {
	struct shell_value *items;
	size_t n, capacity;
	bool is_lost; /* the end of the file is not at the end of a command */
};

/* All assignments of these variables, in order. 0 or -ENOMEM. */
int MUST_CHECK shell_values_find(const char *text, const char *const *names,
				 size_t n_names, struct shell_values *ret_values);
void shell_values_done(struct shell_values *values);
