// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints a table, aligned for people or as JSON. The owner of libsmartcols. */
#include "cmd/table.h"

#include <libsmartcols.h>
#include <stdio.h>

struct libscols_table *table_new(const char *name, bool is_json, bool has_headings,
				 const struct table_column *columns, size_t n)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_json(table, is_json);
	scols_table_set_name(table, name);
	scols_table_enable_noheadings(table, !has_headings);
	for (size_t i = 0; i < n; i++) {
		int flags = (columns[i].is_right ? SCOLS_FL_RIGHT : 0) |
			    (columns[i].is_cut ? SCOLS_FL_TRUNC : 0);
		struct libscols_column *column =
			scols_table_new_column(table, columns[i].name, 0, flags);

		if (!column) {
			scols_unref_table(table);
			return NULL;
		}
		if (columns[i].is_number)
			scols_column_set_json_type(column, SCOLS_JSON_NUMBER);
	}
	return table;
}

void table_free(struct libscols_table *table)
{
	scols_unref_table(table);
}

int table_add(struct libscols_table *table, const char *const *cells, size_t n)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	int r = 0;

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		bool is_empty = !cells[i] || !*cells[i];

		if (!is_empty || !scols_table_is_json(table))
			r = scols_line_set_data(line, i, is_empty ? "-" : cells[i]);
	}
	return r;
}

int table_print(struct libscols_table *table, const char *name, bool is_json)
{
	char *text = NULL;
	int r;

	if (!is_json)
		return scols_print_table(table);
	/* libsmartcols prints {"NAME": [...]}, or no text at all; put the version in front. */
	r = scols_print_table_to_string(table, &text);
	if (r == 0) {
		const char *body = text ? strchr(text, '{') : NULL;

		printf("{\n   \"version\": 1,");
		if (body)
			printf("%s", body + 1);
		else
			printf("\n   \"%s\": []\n}\n", name);
	}
	free(text);
	return r;
}
