// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints a table, aligned for people or as JSON. The owner of libsmartcols, which aligns, draws trees
 * and writes JSON; the widths are found here, because libsmartcols leaves no column out and cuts words.
 */
#include "cmd/table.h"

#include <libsmartcols.h>
#include <stdio.h>

#define COLUMNS_MAX 16
#define WRAPPED_LEAST 8 /* no cell is wrapped narrower */

static int flags_of(const struct table_column *column, bool is_json)
{
	return (column->is_right ? SCOLS_FL_RIGHT : 0) |
	       (column->is_tree ? SCOLS_FL_TREE : 0) |
	       (column->wrapped_to && !is_json ? SCOLS_FL_WRAP : 0);
}

static int add_column(struct libscols_table *table, const struct table_column *column)
{
	bool is_json = scols_table_is_json(table);
	struct libscols_column *added =
		scols_table_new_column(table, column->name, 0, flags_of(column, is_json));

	if (!added)
		return -ENOMEM;
	if (column->is_number)
		scols_column_set_json_type(added, SCOLS_JSON_NUMBER);
	if (column->wrapped_to && !is_json) {
		scols_column_set_wrapfunc(added, scols_wrapnl_chunksize,
					  scols_wrapnl_nextchunk, NULL);
		scols_column_set_safechars(added, "\n");
	}
	return 0;
}

struct libscols_table *table_new(const char *name, bool is_json, bool has_headings,
				 const struct table_column *columns, size_t n)
{
	CLEANUP(table_freep) struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_json(table, is_json);
	scols_table_set_name(table, name);
	scols_table_enable_noheadings(table, !has_headings);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < n; i++)
		if (add_column(table, &columns[i]) < 0)
			return NULL;
	return steal(table);
}

void table_free(struct libscols_table *table)
{
	scols_unref_table(table);
}

int table_add(struct libscols_table *table, const char *const *cells, size_t n)
{
	return table_add_below(table, SIZE_MAX, cells, n);
}

int table_add_below(struct libscols_table *table, size_t parent, const char *const *cells,
		    size_t n)
{
	struct libscols_line *line =
		scols_table_new_line(table, parent == SIZE_MAX ?
						    NULL :
						    scols_table_get_line(table, parent));
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

int table_colour(struct libscols_table *table, size_t cell, const struct page *page,
		 enum colour colour)
{
	struct libscols_line *line =
		scols_table_get_line(table, scols_table_get_nlines(table) - 1);

	if (!line || !page->has_colour)
		return 0;
	scols_table_enable_colors(table, true);
	return scols_cell_set_color(scols_line_get_cell(line, cell), page_on(page, colour));
}

/* Widths --------------------------------------------------------------------------------------- */

struct widths {
	unsigned items[COLUMNS_MAX]; /* 0: the column is left out */
	size_t n;
};

static unsigned columns_of(const char *text)
{
	return text ? page_columns(text, strlen(text)) : 0;
}

/* What libsmartcols draws before a cell of a tree. */
static unsigned branch_columns(struct libscols_line *line)
{
	unsigned columns = 0;

	while ((line = scols_line_get_parent(line)))
		columns += 2;
	return columns;
}

static void widen(unsigned *width, unsigned columns)
{
	if (columns > *width)
		*width = columns;
}

static int measure(struct libscols_table *table, const struct table_column *columns,
		   struct widths *widths)
{
	struct libscols_iter *lines = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_line *line;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < widths->n; i++)
		widths->items[i] =
			scols_table_is_noheadings(table) ? 1 : columns_of(columns[i].name);
	while (scols_table_next_line(table, lines, &line) == 0)
		for (size_t i = 0; i < widths->n; i++)
			widen(&widths->items[i],
			      columns_of(scols_cell_get_data(scols_line_get_cell(line, i))) +
				      (columns[i].is_tree ? branch_columns(line) : 0));
	scols_free_iter(lines);
	return 0;
}

static bool is_too_wide(const struct widths *widths, size_t column,
			const struct table_column *columns)
{
	return columns[column].wrapped_to &&
	       widths->items[column] > columns[column].wrapped_to;
}

/* With the gaps. */
static unsigned sum(const struct widths *widths, const struct table_column *columns,
		    bool is_wrapped)
{
	unsigned total = 0;

	for (size_t i = 0; i < widths->n; i++)
		if (widths->items[i])
			total += 1 + (is_wrapped && is_too_wide(widths, i, columns) ?
					      columns[i].wrapped_to :
					      widths->items[i]);
	return total ? total - 1 : 0;
}

static void leave_out(struct widths *widths, const struct table_column *columns,
		      unsigned width)
{
	while (sum(widths, columns, true) > width) {
		size_t first = widths->n;

		for (size_t i = 0; i < widths->n; i++)
			if (widths->items[i] && columns[i].gives_way &&
			    (first == widths->n ||
			     columns[i].gives_way > columns[first].gives_way))
				first = i;
		if (first == widths->n)
			return;
		widths->items[first] = 0;
	}
}

/* The column that is narrowed next: the last that is too wide, then the widest. */
static size_t choose_narrowed(const struct widths *widths,
			      const struct table_column *columns)
{
	size_t widest = widths->n;

	for (size_t i = widths->n; i--;)
		if (is_too_wide(widths, i, columns))
			return i;
	for (size_t i = 0; i < widths->n; i++)
		if (columns[i].wrapped_to && widths->items[i] > WRAPPED_LEAST &&
		    (widest == widths->n || widths->items[i] > widths->items[widest]))
			widest = i;
	return widest;
}

static void narrow(struct widths *widths, const struct table_column *columns, unsigned width)
{
	while (sum(widths, columns, false) > width) {
		size_t column = choose_narrowed(widths, columns);

		if (column == widths->n)
			return;
		widths->items[column]--;
	}
}

/* Puts a line break for blanks, and into words that are too long. The buffer has twice the text's size. */
static void fold(const char *text, unsigned width, char *buffer)
{
	unsigned column = 0;

	while (*(text += strspn(text, " "))) {
		size_t size = strcspn(text, " ");
		unsigned columns = page_columns(text, size);

		if (column && column + 1 + columns > width) {
			*buffer++ = '\n';
			column = 0;
		} else if (column) {
			*buffer++ = ' ';
			column++;
		}
		for (; size--; *buffer++ = *text++) {
			unsigned one = page_columns(text, 1);

			if (one && column == width) {
				*buffer++ = '\n';
				column = 0;
			}
			column += one;
		}
	}
	*buffer = '\0';
}

static int fold_cell(struct libscols_cell *cell, unsigned width)
{
	const char *text = scols_cell_get_data(cell);
	_cleanup_free_ char *folded = NULL;

	if (columns_of(text) <= width)
		return 0;
	folded = malloc(2 * strlen(text) + 1);
	if (!folded)
		return -ENOMEM;
	fold(text, width, folded);
	return scols_cell_set_data(cell, folded);
}

static int fold_lines(struct libscols_table *table, const struct table_column *columns,
		      const struct widths *widths)
{
	struct libscols_iter *lines = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_line *line;
	int r = lines ? 0 : -ENOMEM;

	while (r == 0 && scols_table_next_line(table, lines, &line) == 0)
		for (size_t i = 0; i < widths->n && r == 0; i++)
			if (widths->items[i] && columns[i].wrapped_to)
				r = fold_cell(scols_line_get_cell(line, i),
					      widths->items[i]);
	scols_free_iter(lines);
	return r;
}

int table_fit(struct libscols_table *table, const struct table_column *columns, size_t n,
	      unsigned width)
{
	struct widths widths = { .n = n };
	int r = n <= COLUMNS_MAX ? measure(table, columns, &widths) : -E2BIG;

	if (r < 0)
		return r;
	leave_out(&widths, columns, width);
	narrow(&widths, columns, width);
	for (size_t i = 0; i < n && r == 0; i++)
		if (!widths.items[i])
			r = scols_column_set_flags(scols_table_get_column(table, i),
						   flags_of(&columns[i], false) |
							   SCOLS_FL_HIDDEN);
	return r < 0 ? r : fold_lines(table, columns, &widths);
}

/* --------------------------------------------------------------------------------------------- */

/* Without the blanks that libsmartcols puts behind wrapped cells. */
static void print_lines(const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n"), printed = size;

		while (printed && text[printed - 1] == ' ')
			printed--;
		printf("%.*s\n", (int)printed, text);
		text += size + (text[size] == '\n');
	}
}

/* libsmartcols prints {"NAME": [...]}, or no text at all; put the version in front. */
static void print_json(const char *text, const char *name)
{
	const char *body = text ? strchr(text, '{') : NULL;

	printf("{\n   \"version\": 1,");
	if (body)
		printf("%s", body + 1);
	else
		printf("\n   \"%s\": []\n}\n", name);
}

int table_print(struct libscols_table *table, const char *name, bool is_json)
{
	_cleanup_free_ char *text = NULL;
	int r = scols_print_table_to_string(table, &text);

	if (r == 0 && is_json)
		print_json(text, name);
	else if (r == 0 && text)
		print_lines(text);
	return r;
}
