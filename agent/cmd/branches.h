/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* One line of the tree of functions. */
struct branch {
	size_t function; /* index into snapshot.functions */
	size_t parent; /* the line of the bridge above, which comes first; SIZE_MAX: none */
};

/*
 * All functions, or only those near a display: the functions of its slot, the members of their groups,
 * and the bridges above all of these. Needs every function's path. To be freed; 0 or -ENOMEM.
 */
int MUST_CHECK branches_make(const struct snapshot *snapshot, bool wants_all,
			     struct branch **ret_branches, size_t *ret_n);
