// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts a map into rows, in the order of the tree. Functions that matter to nobody are folded into one row
 * for each bus, and so are many of a kind, so that a server's picture stays readable. Pure.
 */
#include "cmd/map/rows.h"

#define SIMILAR_LEAST 4 /* functions of one kind that are folded */
#define PLAIN_LEAST 2

/* What may be folded --------------------------------------------------------------------------- */

static bool has_marks(const struct map_function *function)
{
	return function->is_claimed || function->is_configured || function->refusal ||
	       function->culprit || *function->use;
}

static bool is_dull(const struct map_function *function)
{
	return function->kind == MAP_PLAIN && !has_marks(function);
}

/* Dull, and in no group with a function that is not. */
static bool is_plain(const struct map *map, const struct map_function *function)
{
	for (size_t i = 0; i < map->n_functions; i++)
		if (function->group != MAP_NO_GROUP &&
		    map->functions[i].group == function->group &&
		    !is_dull(&map->functions[i]))
			return false;
	return is_dull(function);
}

static bool is_one_kind(const struct map *map, const struct map_function *a,
			const struct map_function *b)
{
	return a->kind == MAP_DEVICE && b->kind == MAP_DEVICE && !has_marks(a) &&
	       !has_marks(b) && streq(a->name, b->name) && streq(a->class, b->class) &&
	       is_string_equal(a->driver, b->driver) &&
	       (a->group == b->group || (map_group_size(map, a->group) == 1 &&
					 map_group_size(map, b->group) == 1));
}

/* Rows ----------------------------------------------------------------------------------------- */

static bool is_at(const struct map *map, size_t function, size_t parent,
		  const struct bdf *bus)
{
	const struct map_function *drawn = &map->functions[function];

	if (parent != MAP_ROOT)
		return drawn->parent == parent;
	return drawn->parent >= map->n_functions &&
	       drawn->address.domain == bus->domain && drawn->address.bus == bus->bus;
}

static void add_row(struct rows *rows, size_t stem)
{
	rows->rows[rows->n_rows++] = (struct row){
		.functions = &rows->members[rows->n_members],
		.depth = rows->stems[stem].column,
		.group = MAP_NO_GROUP,
		.frame = SIZE_MAX,
	};
}

static void add_member(struct rows *rows, size_t function)
{
	struct row *row = &rows->rows[rows->n_rows - 1];
	int group = rows->map->functions[function].group;

	rows->members[rows->n_members++] = function;
	row->group = !row->n || row->group == group ? group : MAP_NO_GROUP;
	row->n++;
}

/* The functions of one kind that follow, or 1. */
static size_t count_similar(const struct rows *rows, size_t first, size_t parent,
			    const struct bdf *bus)
{
	const struct map *map = rows->map;
	size_t n = 1;

	for (size_t i = first + 1; i < map->n_functions; i++) {
		if (!is_at(map, i, parent, bus))
			continue;
		if (!is_one_kind(map, &map->functions[first], &map->functions[i]))
			break;
		n++;
	}
	return n < SIMILAR_LEAST ? 1 : n;
}

static size_t add_similar(struct rows *rows, size_t first, size_t parent,
			  const struct bdf *bus, size_t stem)
{
	size_t n = count_similar(rows, first, parent, bus), i = first;

	add_row(rows, stem);
	rows->rows[rows->n_rows - 1].is_similar = n > 1;
	for (; n; i++)
		if (is_at(rows->map, i, parent, bus)) {
			add_member(rows, i);
			n--;
		}
	return i - 1;
}

static size_t count_plain(const struct rows *rows, size_t parent, const struct bdf *bus)
{
	const struct map *map = rows->map;
	size_t n = 0;

	for (size_t i = 0; i < map->n_functions; i++)
		n += is_at(map, i, parent, bus) && is_plain(map, &map->functions[i]);
	return n;
}

static void add_plain(struct rows *rows, size_t parent, const struct bdf *bus, size_t stem)
{
	const struct map *map = rows->map;

	add_row(rows, stem);
	for (size_t i = 0; i < map->n_functions; i++)
		if (is_at(map, i, parent, bus) && is_plain(map, &map->functions[i]))
			add_member(rows, i);
}

static void visit(struct rows *rows, size_t parent, size_t stem);

static void visit_port(struct rows *rows, size_t port, size_t parent)
{
	struct stem *stem = &rows->stems[rows->n_stems];
	unsigned column = rows->stems[parent].column + 1;

	if (column > ROWS_PORTS_MOST) { /* a row, and those below it after it */
		add_row(rows, parent);
		add_member(rows, port);
		visit(rows, port, parent);
		return;
	}
	*stem = (struct stem){ port, column, rows->n_rows, .parent = parent };
	if (column >= rows->n_columns)
		rows->n_columns = column + 1;
	visit(rows, port, rows->n_stems++);
	stem->n = rows->n_rows - stem->first;
}

/* Everything directly below a port, or on the root bus of the stem. */
static void visit(struct rows *rows, size_t parent, size_t stem)
{
	const struct map *map = rows->map;
	const struct bdf *bus = &map->functions[rows->stems[stem].function].address;
	bool has_folded = count_plain(rows, parent, bus) >= PLAIN_LEAST;

	for (size_t i = 0; i < map->n_functions; i++) {
		if (!is_at(map, i, parent, bus))
			continue;
		if (map->functions[i].kind == MAP_PORT)
			visit_port(rows, i, stem);
		else if (!has_folded || !is_plain(map, &map->functions[i]))
			i = add_similar(rows, i, parent, bus, stem);
	}
	if (has_folded)
		add_plain(rows, parent, bus, stem);
}

static bool is_new_bus(const struct rows *rows, const struct bdf *bus)
{
	for (size_t i = 0; i < rows->n_stems; i++)
		if (rows->stems[i].parent == SIZE_MAX &&
		    is_at(rows->map, rows->stems[i].function, MAP_ROOT, bus))
			return false;
	return true;
}

static void visit_roots(struct rows *rows)
{
	const struct map *map = rows->map;

	for (size_t i = 0; i < map->n_functions; i++) {
		struct stem *stem = &rows->stems[rows->n_stems];

		if (map->functions[i].parent < map->n_functions ||
		    !is_new_bus(rows, &map->functions[i].address))
			continue;
		*stem = (struct stem){ i, .first = rows->n_rows, .parent = SIZE_MAX };
		visit(rows, MAP_ROOT, rows->n_stems++);
		stem->n = rows->n_rows - stem->first;
	}
}

/* Frames --------------------------------------------------------------------------------------- */

/* The port just before a row, or before another stem that hangs over the row; SIZE_MAX: none. */
static size_t stem_before(const struct rows *rows, size_t row, unsigned column)
{
	for (size_t i = 0; column && i < rows->n_stems; i++)
		if (rows->stems[i].column == column && rows->stems[i].first <= row &&
		    row < rows->stems[i].first + rows->stems[i].n)
			return i;
	return SIZE_MAX;
}

static bool is_below(const struct stem *stem, const struct stem *above)
{
	return stem->column >= above->column && stem->first >= above->first &&
	       stem->first + stem->n <= above->first + above->n;
}

/* The port, the ports below it, and their rows: what one frame can enclose. */
static bool is_all_of_group(const struct rows *rows, const struct stem *stem, int group)
{
	for (size_t i = stem->first; i < stem->first + stem->n; i++)
		if (rows->rows[i].group != group)
			return false;
	for (size_t i = 0; i < rows->n_stems; i++)
		if (is_below(&rows->stems[i], stem) &&
		    rows->map->functions[rows->stems[i].function].group != group)
			return false;
	return true;
}

/* How far to the left the group's ports reach on this row: a column, or depth + 1. */
static unsigned reach_left(const struct rows *rows, size_t row)
{
	unsigned column = rows->rows[row].depth + 1;

	for (; column > 1; column--) {
		size_t before = stem_before(rows, row, column - 1);

		if (before == SIZE_MAX ||
		    !is_all_of_group(rows, &rows->stems[before], rows->rows[row].group))
			break;
	}
	return column;
}

/* Would a frame with this row enclose a port of another group? */
static bool is_in_conflict(const struct rows *rows, const struct frame *frame, size_t row)
{
	unsigned left = rows->rows[row].left, depth = rows->rows[row].depth;
	unsigned column = left <= depth && left < frame->column ? left : frame->column;

	for (size_t i = frame->first; i <= row; i++)
		if (column < rows->rows[i].left)
			return true;
	return false;
}

static void add_to_frame(struct rows *rows, size_t row)
{
	struct frame *frame = rows->n_frames ? &rows->frames[rows->n_frames - 1] : NULL;
	unsigned left = rows->rows[row].left;

	if (!frame || frame->group != rows->rows[row].group ||
	    frame->first + frame->n != row || is_in_conflict(rows, frame, row)) {
		frame = &rows->frames[rows->n_frames++];
		*frame = (struct frame){ rows->rows[row].group, row,
					 .column = ROWS_PORTS_MOST + 1 };
	}
	if (left <= rows->rows[row].depth && left < frame->column)
		frame->column = left;
	for (size_t i = 0; i < rows->rows[row].n; i++)
		frame->has_display |=
			rows->map->functions[rows->rows[row].functions[i]].kind ==
			MAP_DISPLAY;
	frame->n++;
	rows->rows[row].frame = rows->n_frames - 1;
}

static void number_parts(struct rows *rows)
{
	for (size_t i = 0; i < rows->n_frames; i++)
		for (size_t k = 0; k < rows->n_frames; k++)
			if (rows->frames[k].group == rows->frames[i].group) {
				rows->frames[i].n_parts++;
				rows->frames[i].part += k <= i;
			}
}

static void add_frames(struct rows *rows)
{
	for (size_t i = 0; i < rows->n_rows; i++)
		rows->rows[i].left = reach_left(rows, i);
	for (size_t i = 0; i < rows->n_rows; i++)
		if (rows->rows[i].group != MAP_NO_GROUP)
			add_to_frame(rows, i);
	number_parts(rows);
	for (size_t i = 0; i < rows->n_stems; i++) {
		struct stem *stem = &rows->stems[i];
		size_t frame = stem->n ? rows->rows[stem->first].frame : SIZE_MAX;

		stem->is_framed = frame != SIZE_MAX && stem->column &&
				  rows->frames[frame].column <= stem->column;
	}
}

/* ---------------------------------------------------------------------------------------------- */

int rows_make(const struct map *map, struct rows *ret_rows)
{
	size_t most = map->n_functions + 1;
	struct rows rows = {
		.map = map,
		.members = calloc(most, sizeof(*rows.members)),
		.rows = calloc(most, sizeof(*rows.rows)),
		.stems = calloc(2 * most, sizeof(*rows.stems)),
		.frames = calloc(most, sizeof(*rows.frames)),
		.n_columns = 1,
	};

	if (!rows.members || !rows.rows || !rows.stems || !rows.frames) {
		rows_done(&rows);
		return -ENOMEM;
	}
	visit_roots(&rows);
	add_frames(&rows);
	*ret_rows = rows;
	return 0;
}

void rows_done(struct rows *rows)
{
	free(rows->members);
	free(rows->rows);
	free(rows->stems);
	free(rows->frames);
	*rows = (struct rows){};
}
