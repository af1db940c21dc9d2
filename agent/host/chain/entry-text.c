// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the lines of a menu entry that is a file. Opens nothing.
 *
 * Format: https://uapi-group.org/specifications/specs/boot_loader_specification
 */
#include "host/chain/entry-text.h"

#include "base/buffer.h"

#include <stdio.h>

bool entry_line_next(struct span *rest, struct entry_line *line)
{
	struct span all;

	if (!rest->size)
		return false;
	all = span_next(rest, "\n");
	while (all.size && strchr(TEXT_BLANKS, all.text[all.size - 1]))
		all.size--;
	line->all = line->value = all;
	line->key = span_next(&line->value, TEXT_BLANKS);
	line->value = span_trim(line->value);
	return true;
}

bool entry_value(const char *text, const char *key, char *buffer, size_t size)
{
	struct span rest = { text, strlen(text) };
	struct entry_line line;

	while (entry_line_next(&rest, &line)) {
		if (!span_equal(line.key, key) || !line.value.size)
			continue;
		snprintf(buffer, size, "%.*s", (int)line.value.size, line.value.text);
		return true;
	}
	return false;
}

bool entry_has_key(const char *text, const char *key)
{
	char value[2];

	return entry_value(text, key, value, sizeof(value));
}

char *entry_values(const char *text, const char *key)
{
	struct span rest = { text, strlen(text) };
	struct entry_line line;
	const char *blank = "";
	struct buffer buffer;
	char *values = NULL;

	if (buffer_open(&buffer) < 0)
		return NULL;
	while (entry_line_next(&rest, &line)) {
		if (!span_equal(line.key, key) || !line.value.size)
			continue;
		fprintf(buffer.stream, "%s%.*s", blank, (int)line.value.size,
			line.value.text);
		blank = " ";
	}
	return buffer_close(&buffer, &values) < 0 ? NULL : values;
}
