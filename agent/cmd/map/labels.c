// SPDX-License-Identifier: GPL-2.0-or-later
/* Says in a word or two what is known of functions and groups. Pure. */
#include "cmd/map/layout.h"

#include "base/text.h"

#define RANGES_MOST 3 /* "groups 1-4, 7, 9" still fits; more are counted */

size_t labels_of(const struct map_function *function,
		 struct label labels[static LABELS_MOST])
{
	/* Of a claimed card's other functions it goes without saying. */
	bool is_told = function->is_configured &&
		       (function->kind == MAP_DISPLAY || !function->is_claimed);
	const struct {
		enum style style;
		const char *before, *text; /* NULL: not said */
	} rows[] = {
		{ STYLE_CLAIMED, "", function->is_claimed ? "claimed" : NULL },
		{ STYLE_CONFIGURED, "", is_told ? "configured" : NULL },
		{ STYLE_CLAIMABLE, "",
		  function->is_claimable && !function->is_claimed ? "claimable" : NULL },
		{ STYLE_REFUSED, "refused: ", function->refusal },
		{ STYLE_HOST, "host: ", *function->use ? function->use : NULL },
		{ STYLE_CULPRIT, "", function->culprit },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].text)
			continue;
		labels[n].style = rows[i].style;
		snprintf(labels[n++].text, LABEL_SIZE, "%s%s", rows[i].before,
			 rows[i].text);
	}
	return n;
}

int labels_draw(struct picture *picture, const struct label *labels, size_t n, int x,
		int y, int width)
{
	int left = x, top = y, height = 0;

	for (size_t i = 0; i < n; i++) {
		struct extent extent = picture_label_extent(width, labels[i].text);

		if (left > x && left + extent.width > x + width) {
			left = x;
			y += height + LABEL_GAP;
			height = 0;
		}
		picture_label(picture, labels[i].style, left, y, width, labels[i].text);
		left += extent.width + LABEL_GAP;
		if (extent.height > height)
			height = extent.height;
	}
	return y + height - top;
}

/* Groups --------------------------------------------------------------------------------------- */

static int compare_groups(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Sorted, each once, into an array as long as the row. Returns their number. */
static size_t collect_groups(const struct map *map, const struct row *row, int *groups)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < row->n; i++)
		if (map->functions[row->functions[i]].group != MAP_NO_GROUP)
			groups[n++] = map->functions[row->functions[i]].group;
	qsort(groups, n, sizeof(*groups), compare_groups);
	for (size_t i = 0; i < n; i++)
		if (!kept || groups[kept - 1] != groups[i])
			groups[kept++] = groups[i];
	return kept;
}

static size_t count_ranges(const int *groups, size_t n)
{
	size_t ranges = 0;

	for (size_t i = 0; i < n; i++)
		ranges += !i || groups[i] != groups[i - 1] + 1;
	return ranges;
}

static char *format_ranges(const int *groups, size_t n)
{
	char *text = strdup(n > 1 ? "groups " : "group ");

	for (size_t i = 0, last; text && i < n; i = last + 1) {
		char *more;

		for (last = i; last + 1 < n && groups[last + 1] == groups[last] + 1;)
			last++;
		more = last == i ? text_format("%s%s%d", text, i ? ", " : "", groups[i]) :
				   text_format("%s%s%d\u2013%d", text, i ? ", " : "",
					       groups[i], groups[last]);
		free(text);
		text = more;
	}
	return text;
}

char *row_groups(const struct map *map, const struct row *row)
{
	int *groups = calloc(row->n + 1, sizeof(*groups));
	char *text;
	size_t n;

	if (!groups)
		return NULL;
	n = collect_groups(map, row, groups);
	text = !n				     ? strdup("") :
	       count_ranges(groups, n) > RANGES_MOST ? text_format("%zu groups", n) :
						       format_ranges(groups, n);
	free(groups);
	return text;
}

/* Classes -------------------------------------------------------------------------------------- */

static size_t count_class(const struct map *map, const struct row *row, const char *class)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n; i++)
		n += streq(map->functions[row->functions[i]].class, class);
	return n;
}

static bool is_first_of_class(const struct map *map, const struct row *row, size_t member)
{
	for (size_t i = 0; i < member; i++)
		if (streq(map->functions[row->functions[i]].class,
			  map->functions[row->functions[member]].class))
			return false;
	return true;
}

char *row_classes(const struct map *map, const struct row *row)
{
	char *text = strdup("");

	for (size_t i = 0; text && i < row->n; i++) {
		const char *class = map->functions[row->functions[i]].class;
		size_t n = count_class(map, row, class);
		char *more;

		if (!is_first_of_class(map, row, i))
			continue;
		more = n > 1 ? text_format("%s%s%s (%zu)", text, i ? ", " : "", class, n) :
			       text_format("%s%s%s", text, i ? ", " : "", class);
		free(text);
		text = more;
	}
	return text;
}
