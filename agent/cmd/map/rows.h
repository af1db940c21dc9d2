/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map in rows: one for each function at the end of a way, with the ports of the way before it. */
#pragma once

#include "cmd/map/map.h"

#define ROWS_PORTS_MOST 5 /* ports beside each other; those below are rows of their own */

struct row {
	size_t *functions; /* more than one: folded, as none of them matters */
	size_t n;
	unsigned depth;	 /* ports before it */
	unsigned left;	 /* the leftmost column of its group's ports, or depth + 1 */
	int group;	 /* of all its functions, else MAP_NO_GROUP */
	bool is_similar; /* folded, and all of one kind */
	size_t frame;	 /* an index, or SIZE_MAX */
};

/* A port, or a root bus, and the rows that hang on it. */
struct stem {
	size_t function; /* of a root bus its first */
	unsigned column; /* 0: a root bus */
	size_t first, n; /* rows */
	size_t parent;	 /* the stem before it; SIZE_MAX: a root bus */
	bool is_framed;	 /* its group's frame encloses it */
};

/* Rows of one group that follow each other. A group may have more than one such run. */
struct frame {
	int group;
	size_t first, n;
	unsigned column; /* of the leftmost port that it encloses; above ROWS_PORTS_MOST: none */
	bool has_display;
	unsigned part, n_parts;
};

struct rows {
	const struct map *map;
	size_t *members; /* the memory of all rows */
	size_t n_members;
	struct row *rows;
	size_t n_rows;
	struct stem *stems; /* a port after the one before it */
	size_t n_stems;
	struct frame *frames;
	size_t n_frames;
	unsigned n_columns; /* 1: a root bus and no port */
};

/* 0 or -ENOMEM. */
int MUST_CHECK rows_make(const struct map *map, struct rows *ret_rows);
void rows_done(struct rows *rows);
