/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * A small system below a temporary folder. One line for each entry, as in tests/machines:
 * "path -> target", "path = value" (with \n for a line break, or @hex:0a0b for bytes),
 * "path /". A later line replaces an earlier file.
 */
struct tree {
	char folder[32];
	struct root root;
};

void tree_make(struct tree *tree, const char *text);
void tree_remove(struct tree *tree);
