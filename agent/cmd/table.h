/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"

struct libscols_table;

struct table_column {
	const char *name;
	bool is_right;	/* aligned to the right */
	bool is_number; /* in JSON */
	bool is_tree;	/* shows the lines below their parents */
	/* On a page that is too narrow, table_fit() leaves out columns, those with the highest number
	 * first (0: stays), until all others fit with the cells of these wrapped to this width (0: never
	 * wrapped). */
	unsigned gives_way, wrapped_to;
};

/* NULL: no memory. To be freed with table_free(). */
struct libscols_table *table_new(const char *name, bool is_json, bool has_headings,
				 const struct table_column *columns, size_t n);
void table_free(struct libscols_table *table);

/* One line; a NULL or empty cell is null in JSON, "-" elsewhere. 0 or negative errno. */
int MUST_CHECK table_add(struct libscols_table *table, const char *const *cells, size_t n);
/* The same below another line, which is counted from 0; SIZE_MAX: below none. */
int MUST_CHECK table_add_below(struct libscols_table *table, size_t parent,
			       const char *const *cells, size_t n);
/* Colours a cell of the line that was added last. */
int MUST_CHECK table_colour(struct libscols_table *table, size_t cell,
			    const struct page *page, enum colour colour);

/* Makes the table as narrow as the page. The columns are those of table_new(). 0 or -ENOMEM. */
int MUST_CHECK table_fit(struct libscols_table *table, const struct table_column *columns,
			 size_t n, unsigned width);

/* To standard output, JSON as {"version": 1, NAME: [...]}. 0 or negative errno. */
int MUST_CHECK table_print(struct libscols_table *table, const char *name, bool is_json);

static inline void table_freep(struct libscols_table **table)
{
	table_free(*table);
}
