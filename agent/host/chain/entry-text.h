/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* A line of "KEY VALUE": of an entry, and of loader.conf. */
struct entry_line {
	struct span all; /* without the blanks at its end */
	struct span key, value;
};

/* The next line of *rest. False: there is none. */
bool entry_line_next(struct span *rest, struct entry_line *line);

/* The first value of a key, truncated to the buffer. False: there is none. */
bool entry_value(const char *text, const char *key, char *buffer, size_t size);
bool entry_has_key(const char *text, const char *key);

/* The values of all lines of this key, with a blank between them. To be freed; NULL: no memory. */
char *entry_values(const char *text, const char *key);
