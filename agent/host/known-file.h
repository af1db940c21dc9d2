/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "decide/known.h"

/* The whole file, to be freed; NULL where nothing is remembered. 0 or -ENOMEM. */
int MUST_CHECK known_file_text(const struct known_cards *known, char **ret_text);

/* What the file says now, to be freed; NULL where there is none, or none that can be read. */
char *known_file_read(const struct root *root);

/* Leaves a file alone that says this already; NULL removes it. 0 or negative errno. */
int MUST_CHECK known_file_write(const struct root *root, const char *text);
