/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* The candidate that is spelled most like a word; it must be near. */
struct nearest {
	const char *word; /* as it was typed */
	const char *best; /* NULL: no candidate is near */
	unsigned distance;
};

void nearest_try(struct nearest *nearest, const char *candidate);

/* Letters to insert, delete, replace or swap with the next one; upper and lower case are one. A long
 * text is far from every other. */
#define NEAREST_LENGTH_MAX 32
unsigned nearest_distance(const char *a, const char *b);
