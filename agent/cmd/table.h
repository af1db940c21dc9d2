/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

struct libscols_table;

struct table_column {
	const char *name;
	bool is_right, is_cut; /* aligned to the right; cut if the terminal is too narrow */
	bool is_number;	       /* in JSON */
};

/* NULL: no memory. To be freed with table_free(). */
struct libscols_table *table_new(const char *name, bool is_json, bool has_headings,
				 const struct table_column *columns, size_t n);
void table_free(struct libscols_table *table);

/* One line; a NULL or empty cell is null in JSON, "-" elsewhere. 0 or negative errno. */
int MUST_CHECK table_add(struct libscols_table *table, const char *const *cells, size_t n);

/* To standard output, JSON as {"version": 1, NAME: [...]}. 0 or negative errno. */
int MUST_CHECK table_print(struct libscols_table *table, const char *name, bool is_json);

static inline void table_freep(struct libscols_table **table)
{
	table_free(*table);
}
