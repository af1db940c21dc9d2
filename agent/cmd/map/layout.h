/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the layout share. */
#pragma once

#include "cmd/map/picture.h"
#include "cmd/map/rows.h"

#define MARGIN 24
#define LABEL_GAP 6
#define LABELS_MOST 6
#define LABEL_SIZE (MAP_USE_SIZE + 32)

struct label {
	enum style style;
	char text[LABEL_SIZE];
};

/* All that is to be said of a function in a word or two. Returns their number. */
size_t labels_of(const struct map_function *function,
		 struct label labels[static LABELS_MOST]);
/* Beside each other, in as many lines as they need; returns the height. */
int labels_draw(struct picture *picture, const struct label *labels, size_t n, int x,
		int y, int width);

/* "group 3", "groups 1-4, 7", "12 groups", or "" where there is none; to be freed. NULL: no memory. */
char *row_groups(const struct map *map, const struct row *row);
/* "host bridge (8), SMBus"; to be freed. NULL: no memory. */
char *row_classes(const struct map *map, const struct row *row);

/* What the picture begins and ends with; both return the y below. */
int head_draw(struct picture *picture, const struct map *map, int width);
int legend_draw(struct picture *picture, int y, int width);
/* The same as the head, for those who do not see it; to be freed. NULL: no memory. */
char *head_describe(const struct map *map);
