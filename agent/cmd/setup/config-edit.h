/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

/*
 * Replaces the `gpu =` or the `device =` lines of a text by these values: each in place of the line that
 * it replaces, the others after the last one. All other lines stay byte for byte. `old` is the parsed
 * text. *ret_text is to be freed. 0 or -ENOMEM.
 */
struct config_line {
	const char *value;
	const struct wanted *replaces; /* of old->wanted; NULL: a new line */
};
int MUST_CHECK config_edit(const char *text, const struct config *old,
			   enum wanted_kind kind, const struct config_line *lines,
			   size_t n_lines, char **ret_text);

/*
 * Sets a value in its line, whose comment stays, or else in a new line at the end. *ret_text is to be
 * freed. 0 or -ENOMEM.
 */
int MUST_CHECK config_edit_setting(const char *text, const char *key, const char *value,
				   char **ret_text);

/* A selector with all that identifies this function; no serial number that another card has too. */
#define CONFIG_LINE_SIZE IDENTITY_SIZE
const char *config_line_format(const struct snapshot *snapshot,
			       const struct function *function,
			       char buffer[static CONFIG_LINE_SIZE]);
