// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads when this boot began. */
#include "cmd/after/boot-time.h"

#include "base/clock.h"
#include "base/text.h"

time_t boot_time_read(const struct root *root)
{
	_cleanup_free_ char *text = NULL;
	const char *cursor, *line;
	size_t size;

	if (root->is_live)
		return clock_boot_time();
	if (root_read_file(root, "/proc/stat", 1 << 20, &text, &size) < 0)
		return -1;
	cursor = text;
	line = text_next_line(&cursor, "btime ", &size);
	return line ? strtoll(line, NULL, 10) : -1;
}
