// SPDX-License-Identifier: GPL-2.0-or-later
/* Picks the lines of modules.alias that the image record keeps. */
#include "host/aliases.h"

#include "facts/record.h"

static bool is_worth_keeping(const char *pattern, const struct strings *vendors)
{
	if (has_prefix(pattern, "vfio_"))
		pattern += strlen("vfio_");
	if (!has_prefix(pattern, "pci:v") || !record_is_card_class(pattern))
		return false;
	if (pattern[strlen("pci:v")] == '*')
		return true;
	for (size_t i = 0; i < vendors->n; i++)
		if (has_prefix(pattern, vendors->items[i]))
			return true;
	return false;
}

bool aliases_next(char **rest, const struct strings *vendors, const char **ret_pattern,
		  const char **ret_module)
{
	char *line;

	while ((line = strsep(rest, "\n"))) {
		const char *keyword = strsep(&line, " "), *pattern = strsep(&line, " ");

		if (!streq(keyword, "alias") || !line || streq(line, "vfio_pci") ||
		    !is_worth_keeping(pattern, vendors))
			continue;
		*ret_pattern = pattern;
		*ret_module = line;
		return true;
	}
	return false;
}
