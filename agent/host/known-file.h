/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "decide/known.h"

/* The text of the whole file, to be freed; NULL when no card is remembered. 0 or -ENOMEM. */
int MUST_CHECK known_file_text(const struct known_cards *known, char **ret_text);

/* The file's present text, to be freed; NULL: missing or unreadable. */
char *known_file_read(const struct root *root);

/* Writes the file unless its text is the same; NULL removes it. 0 or negative errno. */
int MUST_CHECK known_file_write(const struct root *root, const char *text);
