/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/map/map.h"

struct root;
struct survey;

/*
 * Looks at the system below root and makes its map. Texts of the map may belong to the survey, which is
 * to be done with after it. 0 or negative errno.
 */
int MUST_CHECK map_read(const struct root *root, struct survey *survey,
			struct map *ret_map);

/* What the host does with a function, in words without names: of both texts of usage.h. */
const char *map_use(const char *used_for, const char *in_use,
		    char buffer[static MAP_USE_SIZE]);
