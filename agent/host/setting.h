/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Where an assignment begins. */
struct setting_origin {
	char *path; /* NULL: nowhere */
	unsigned line;
};

struct setting_word {
	char *text;
	struct setting_origin origin; /* of the assignment that has it */
};

/* The words of one variable in files that a shell sources. */
struct setting {
	struct setting_word *words;
	size_t n, capacity;
	struct setting_origin last; /* of the assignment read last */
};

/*
 * Reads the assignments `key=...` and `key+=...` of a file that a shell would source after those that
 * were read before: words in quotes or parentheses, over several lines. Reads what is written: never
 * expands, and takes what stands in a condition or a function as it is. A missing file is empty. 0 or
 * -ENOMEM.
 */
int MUST_CHECK setting_read(const struct root *root, const char *path, const char *key,
			    struct setting *setting);
/* NULL: no such word. */
const struct setting_word *setting_find(const struct setting *setting, const char *word);
void setting_done(struct setting *setting);
