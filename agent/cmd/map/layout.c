// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places a map: ports to the left, a column for each step of the way from the root bus; a table of
 * functions to the right; frames around the functions of a group and the ports that are theirs alone.
 * Rows never share a height with another row, so nothing can overlap. Pure.
 */
#include "cmd/map/layout.h"

#include "base/text.h"

#define WIDTH_LEAST 860
#define ROOT_WIDTH 108
#define PORT_WIDTH 152
#define GAP 28	 /* between columns, for the wires */
#define SPINE 11 /* from a stem to its vertical wire */
#define PAD_X 10 /* within a frame */
#define PAD_Y 8
#define SPACE 7 /* between frames */
#define CELL_GAP 14
#define STEM_PAD 8
#define STEM_RISE 4 /* its first line is level with the row's */
#define MIDDLE 9    /* of a row's first line */

enum cell { CELL_ADDRESS, CELL_NAME, CELL_CLASS, CELL_DRIVER, CELL_GROUP, CELL_COUNT_ };

struct layout {
	const struct map *map;
	struct rows rows;
	struct picture *picture;
	int table, right; /* left and right edge of the table */
	int x[CELL_COUNT_], width[CELL_COUNT_];
	int *row_y;		/* of each row, once it is drawn */
	int *stem_y, *stem_end; /* of each stem */
	int *frame_y;
	int y;
	enum font largest; /* of the current row */
};

/* Columns -------------------------------------------------------------------------------------- */

static int column_x(unsigned column)
{
	return column ? MARGIN + ROOT_WIDTH + GAP + ((int)column - 1) * (PORT_WIDTH + GAP) :
			MARGIN;
}

static enum font name_font(const struct map_function *function)
{
	return function->kind == MAP_DISPLAY ? FONT_CARD : FONT_PLAIN;
}

static void widen(int *width, enum font font, const char *text)
{
	int needed = font_measure(font, text);

	if (needed > *width)
		*width = needed;
}

/* Narrower cells break their text into lines. */
static void measure_cells(struct layout *layout)
{
	static const int least[] = { 104, 260, 60, 60, 66 };
	static const int most[] = { 140, 390, 130, 120, 100 };
	int *width = layout->width;

	for (size_t i = 0; i < layout->map->n_functions; i++) {
		const struct map_function *function = &layout->map->functions[i];
		char address[PCI_ADDRESS_SIZE];

		widen(&width[CELL_ADDRESS], FONT_PLAIN,
		      bdf_format(&function->address, address));
		widen(&width[CELL_NAME], name_font(function), function->name);
		if (function->kind == MAP_PORT)
			continue;
		widen(&width[CELL_CLASS], FONT_PLAIN, function->class);
		if (function->driver)
			widen(&width[CELL_DRIVER], FONT_PLAIN, function->driver);
	}
	width[CELL_GROUP] = font_measure(FONT_SMALL_STRONG, "groups 10\u201320,");
	for (enum cell i = 0; i < CELL_COUNT_; i++)
		width[i] = width[i] < least[i] ? least[i] :
			   width[i] > most[i]  ? most[i] :
						 width[i];
}

static void place_cells(struct layout *layout)
{
	int x = column_x(layout->rows.n_columns);

	measure_cells(layout);
	layout->table = x;
	for (enum cell i = 0; i < CELL_COUNT_; i++) {
		layout->x[i] = x;
		x += layout->width[i] + CELL_GAP;
	}
	layout->right = x - CELL_GAP;
	layout->picture->width = layout->right + PAD_X + MARGIN;
	if (layout->picture->width < WIDTH_LEAST)
		layout->picture->width = WIDTH_LEAST;
}

/* Rows ----------------------------------------------------------------------------------------- */

/* All cells of a row have one baseline, that of its largest font. */
static int draw_cell(struct layout *layout, enum cell cell, enum style style,
		     enum font font, const char *text)
{
	int drop = (int)font_ascent(layout->largest) - (int)font_ascent(font);
	int x = layout->x[cell], y = layout->y + drop, width = layout->width[cell];

	if (cell == CELL_GROUP)
		return drop + picture_text_right(layout->picture, style, font, x, y,
						 width, text);
	return drop + picture_text(layout->picture, style, font, x, y, width, text);
}

static void heighten(int *height, int needed)
{
	if (needed > *height)
		*height = needed;
}

static int draw_function(struct layout *layout, const struct map_function *function)
{
	const char *driver = function->driver ? function->driver : "no driver";
	char address[PCI_ADDRESS_SIZE];
	struct label labels[LABELS_MOST];
	size_t n = labels_of(function, labels);
	int height = 0;

	bdf_format(&function->address, address);
	heighten(&height,
		 draw_cell(layout, CELL_ADDRESS, STYLE_MUTED, FONT_PLAIN, address));
	heighten(&height, draw_cell(layout, CELL_NAME, STYLE_TEXT, name_font(function),
				    function->name));
	heighten(&height,
		 draw_cell(layout, CELL_CLASS, STYLE_MUTED, FONT_PLAIN, function->class));
	heighten(&height, draw_cell(layout, CELL_DRIVER,
				    function->driver ? STYLE_TEXT : STYLE_MUTED,
				    FONT_PLAIN, driver));
	if (n)
		height += 3 + labels_draw(layout->picture, labels, n,
					  layout->x[CELL_NAME], layout->y + height + 3,
					  layout->right - layout->x[CELL_NAME]);
	return height;
}

/* The first of them, and below it the last. */
static int draw_similar(struct layout *layout, const struct row *row)
{
	const struct map_function *functions = layout->map->functions;
	const struct map_function *last = &functions[row->functions[row->n - 1]];
	int height = draw_function(layout, &functions[row->functions[0]]), y = layout->y;
	char address[PCI_ADDRESS_SIZE], to[PCI_ADDRESS_SIZE + 4], more[48];

	snprintf(to, sizeof(to), "to %s", bdf_format(&last->address, address));
	snprintf(more, sizeof(more), "and %zu more of the same kind", row->n - 1);
	layout->y += height;
	heighten(&height,
		 height + draw_cell(layout, CELL_ADDRESS, STYLE_MUTED, FONT_PLAIN, to));
	draw_cell(layout, CELL_NAME, STYLE_MUTED, FONT_PLAIN, more);
	layout->y = y;
	return height;
}

static int draw_folded(struct layout *layout, const struct row *row)
{
	_cleanup_free_ char *classes = row_classes(layout->map, row);
	char count[32];
	int height = 0;

	if (!classes) {
		layout->picture->error = -ENOMEM;
		return height;
	}
	snprintf(count, sizeof(count), "%zu others", row->n);
	heighten(&height, draw_cell(layout, CELL_ADDRESS, STYLE_MUTED, FONT_PLAIN, count));
	heighten(&height,
		 picture_text(layout->picture, STYLE_MUTED, FONT_PLAIN,
			      layout->x[CELL_NAME], layout->y,
			      layout->x[CELL_GROUP] - CELL_GAP - layout->x[CELL_NAME],
			      classes));
	return height;
}

/* A frame names its group once, on its first row. */
static char *group_text(const struct layout *layout, size_t index)
{
	const struct row *row = &layout->rows.rows[index];
	const struct frame *frame;

	if (row->frame == SIZE_MAX)
		return row_groups(layout->map, row);
	frame = &layout->rows.frames[row->frame];
	if (frame->first != index)
		return strdup("");
	return frame->n_parts > 1 ? text_format("group %d (part %u of %u)", frame->group,
						frame->part, frame->n_parts) :
				    text_format("group %d", frame->group);
}

static int draw_row(struct layout *layout, size_t index)
{
	const struct row *row = &layout->rows.rows[index];
	_cleanup_free_ char *groups = group_text(layout, index);
	int height;

	layout->largest = row->n == 1 ?
				  name_font(&layout->map->functions[row->functions[0]]) :
				  FONT_PLAIN;
	height = row->is_similar ?
			 draw_similar(layout, row) :
		 row->n > 1 ?
			 draw_folded(layout, row) :
			 draw_function(layout, &layout->map->functions[row->functions[0]]);

	if (!groups)
		layout->picture->error = -ENOMEM;
	else
		heighten(&height,
			 draw_cell(layout, CELL_GROUP,
				   row->frame == SIZE_MAX ? STYLE_MUTED : STYLE_TEXT,
				   FONT_SMALL_STRONG, groups));
	return height;
}

/* Ports ---------------------------------------------------------------------------------------- */

static int draw_stem_text(struct layout *layout, const struct stem *stem, int x, int y,
			  int width)
{
	const struct map_function *function = &layout->map->functions[stem->function];
	struct label labels[LABELS_MOST];
	char text[PCI_ADDRESS_SIZE + 8];
	size_t n;
	int top = y;

	if (!stem->column) {
		y += picture_text(layout->picture, STYLE_MUTED, FONT_SMALL, x, y, width,
				  "root bus");
		snprintf(text, sizeof(text), "%04x:%02x", function->address.domain,
			 function->address.bus);
		return y - top +
		       picture_text(layout->picture, STYLE_TEXT, FONT_STRONG, x, y, width,
				    text);
	}
	y += picture_text(layout->picture, STYLE_MUTED, FONT_SMALL, x, y, width,
			  function->class);
	y += picture_text(layout->picture, STYLE_TEXT, FONT_STRONG, x, y, width,
			  bdf_format(&function->address, text));
	n = labels_of(function, labels);
	if (n)
		y += 4 + labels_draw(layout->picture, labels, n, x, y + 3, width);
	return y - top;
}

/* A port that no frame encloses names its group itself. */
static void draw_stem_group(struct layout *layout, const struct stem *stem, int x, int y,
			    int width)
{
	const struct map_function *function = &layout->map->functions[stem->function];
	char text[24];

	if (!stem->column || stem->is_framed || function->group == MAP_NO_GROUP)
		return;
	snprintf(text, sizeof(text), "group %d", function->group);
	picture_text_right(layout->picture, STYLE_TEXT, FONT_SMALL_STRONG, x, y, width,
			   text);
}

static void draw_stem(struct layout *layout, size_t index)
{
	const struct stem *stem = &layout->rows.stems[index];
	int x = column_x(stem->column), y = layout->y - STEM_RISE;
	int width = stem->column ? PORT_WIDTH : ROOT_WIDTH;
	int inner = width - 2 * STEM_PAD, height;

	height = draw_stem_text(layout, stem, x + STEM_PAD, y + STEM_RISE, inner) +
		 2 * STEM_RISE;
	draw_stem_group(layout, stem, x + STEM_PAD, y + STEM_RISE + 1, inner);
	picture_box(layout->picture, STYLE_STEM, x, y, width, height);
	layout->stem_y[index] = layout->y;
	layout->stem_end[index] = y + height;
}

static void begin_stems(struct layout *layout, size_t row)
{
	for (size_t i = 0; i < layout->rows.n_stems; i++)
		if (layout->rows.stems[i].n && layout->rows.stems[i].first == row)
			draw_stem(layout, i);
}

/* A port may be higher than the rows on it: a frame around it is as high, others are not. */
static void end_stems(struct layout *layout, size_t row, bool is_framed)
{
	for (size_t i = 0; i < layout->rows.n_stems; i++) {
		const struct stem *stem = &layout->rows.stems[i];

		if (stem->n && stem->first + stem->n - 1 == row &&
		    stem->is_framed == is_framed)
			heighten(&layout->y, layout->stem_end[i]);
	}
}

/* Frames --------------------------------------------------------------------------------------- */

static const struct frame *frame_of(const struct layout *layout, size_t row)
{
	size_t frame = layout->rows.rows[row].frame;

	return frame == SIZE_MAX ? NULL : &layout->rows.frames[frame];
}

static int draw_reason(struct layout *layout, const char *reason, bool is_first)
{
	static const char before[] = "Why shared:";
	int x = layout->table, y = layout->y + (is_first ? 9 : 2);
	int indent = font_measure(FONT_SMALL, before) + 6;

	if (is_first)
		picture_text(layout->picture, STYLE_WARN, FONT_SMALL, x, y, indent, before);
	return y + picture_text(layout->picture, STYLE_WARN, FONT_SMALL, x + indent, y,
				layout->right - x - indent, reason);
}

/* Below the last of its frames. */
static void draw_reasons(struct layout *layout, const struct frame *frame)
{
	bool is_first = true;

	for (size_t i = 0; i < layout->map->n_reasons; i++) {
		const struct map_reason *reason = &layout->map->reasons[i];

		if (reason->group != frame->group || frame->part != frame->n_parts)
			continue;
		layout->y = draw_reason(layout, reason->text, is_first);
		is_first = false;
	}
}

static bool has_stem(const struct layout *layout, size_t row)
{
	for (size_t i = 0; i < layout->rows.n_stems; i++)
		if (layout->rows.stems[i].n && layout->rows.stems[i].first == row)
			return true;
	return false;
}

static void begin_frame(struct layout *layout, size_t row)
{
	const struct frame *frame = frame_of(layout, row);

	layout->y += SPACE;
	if (!frame || frame->first != row) {
		layout->y += has_stem(layout, row) ? STEM_RISE : 0;
		return;
	}
	layout->y += PAD_Y;
	layout->frame_y[frame - layout->rows.frames] = layout->y - PAD_Y;
}

static void end_frame(struct layout *layout, size_t row)
{
	const struct frame *frame = frame_of(layout, row);
	int x, y;

	if (!frame || frame->first + frame->n - 1 != row)
		return;
	draw_reasons(layout, frame);
	layout->y += PAD_Y;
	x = (frame->column > ROWS_PORTS_MOST ? layout->table : column_x(frame->column)) -
	    PAD_X;
	y = layout->frame_y[frame - layout->rows.frames];
	picture_box(layout->picture, frame->has_display ? STYLE_FRAME_CARD : STYLE_FRAME,
		    x, y, layout->right + PAD_X - x, layout->y - y);
}

/* Wires ---------------------------------------------------------------------------------------- */

/* Where a wire to a row ends: at its frame, or inside a frame that has the port, too. */
static int wire_end(const struct layout *layout, size_t row)
{
	const struct frame *frame = frame_of(layout, row);

	return frame && frame->column > ROWS_PORTS_MOST ? layout->table - PAD_X :
							  layout->table - 5;
}

/* Returns the last y at which something hangs directly on the stem. */
static int wire_to(struct layout *layout, size_t stem, int x, int y, int to_x, int last)
{
	int from = layout->stem_y[stem] + MIDDLE;

	picture_wire(layout->picture, y == from ? x - SPINE : x, y, to_x, y);
	return y > last ? y : last;
}

static size_t stem_of_row(const struct rows *rows, size_t row)
{
	for (size_t i = 0; i < rows->n_stems; i++)
		if (rows->stems[i].column == rows->rows[row].depth &&
		    rows->stems[i].first <= row &&
		    row < rows->stems[i].first + rows->stems[i].n)
			return i;
	return SIZE_MAX;
}

static void draw_wires_of(struct layout *layout, size_t index)
{
	const struct rows *rows = &layout->rows;
	const struct stem *stem = &rows->stems[index];
	int x = column_x(stem->column) + (stem->column ? PORT_WIDTH : ROOT_WIDTH) + SPINE;
	int first = layout->stem_y[index] + MIDDLE, last = first;

	for (size_t i = stem->first; i < stem->first + stem->n; i++)
		if (stem_of_row(rows, i) == index)
			last = wire_to(layout, index, x, layout->row_y[i] + MIDDLE,
				       wire_end(layout, i), last);
	for (size_t i = 0; i < rows->n_stems; i++)
		if (rows->stems[i].parent == index && rows->stems[i].n)
			last = wire_to(layout, index, x, layout->stem_y[i] + MIDDLE,
				       column_x(stem->column + 1), last);
	if (last > first)
		picture_wire(layout->picture, x, first, x, last);
}

/* ---------------------------------------------------------------------------------------------- */

static void draw_machine(struct layout *layout)
{
	for (size_t i = 0; i < layout->rows.n_rows; i++) {
		begin_frame(layout, i);
		layout->row_y[i] = layout->y;
		begin_stems(layout, i);
		layout->y += draw_row(layout, i);
		end_stems(layout, i, true);
		end_frame(layout, i);
		end_stems(layout, i, false);
	}
	for (size_t i = 0; i < layout->rows.n_stems; i++)
		if (layout->rows.stems[i].n)
			draw_wires_of(layout, i);
}

static int draw(struct layout *layout)
{
	struct picture *picture = layout->picture;

	layout->row_y = calloc(layout->rows.n_rows + 1, sizeof(int));
	layout->stem_y = calloc(layout->rows.n_stems + 1, sizeof(int));
	layout->stem_end = calloc(layout->rows.n_stems + 1, sizeof(int));
	layout->frame_y = calloc(layout->rows.n_frames + 1, sizeof(int));
	picture->description = head_describe(layout->map);
	if (!layout->row_y || !layout->stem_y || !layout->stem_end || !layout->frame_y ||
	    !picture->description)
		return -ENOMEM;
	place_cells(layout);
	layout->y = head_draw(picture, layout->map, picture->width) + 8;
	draw_machine(layout);
	picture->height =
		legend_draw(picture, layout->y + 22, picture->width) + MARGIN - 12;
	return picture->error;
}

int layout_make(const struct map *map, struct picture *ret_picture)
{
	struct picture picture = {};
	struct layout layout = { .map = map, .picture = &picture };
	int r = rows_make(map, &layout.rows);

	if (r == 0)
		r = draw(&layout);
	rows_done(&layout.rows);
	free(layout.row_y);
	free(layout.stem_y);
	free(layout.stem_end);
	free(layout.frame_y);
	if (r < 0)
		picture_done(&picture);
	else
		*ret_picture = picture;
	return r;
}
