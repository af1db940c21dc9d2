// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes maps for the tests of the picture. */
#include "fake-map.h"

/* A letter for each kind. */
static enum map_kind kind_of(char letter)
{
	return letter == 'D' ? MAP_DISPLAY :
	       letter == 'P' ? MAP_PORT :
	       letter == '.' ? MAP_PLAIN :
			       MAP_DEVICE;
}

struct map map_from(const char *text, struct map_function functions[static FAKE_MAP_MOST])
{
	struct map map = { .functions = functions };

	for (; *text; map.n_functions++) {
		struct map_function *function = &functions[map.n_functions];
		char *end = (char *)text + 2;

		*function = (struct map_function){
			.address = { .device = map.n_functions },
			.class = "thing",
			.kind = kind_of(*text),
			.group = MAP_NO_GROUP,
			.parent = MAP_ROOT,
		};
		snprintf(function->name, sizeof(function->name), "%c", *text);
		if (text[1] != '-')
			function->group = strtol(text + 1, &end, 10);
		if (*end == '^')
			function->parent = strtoul(end + 1, &end, 10);
		text = end + (*end == ' ');
	}
	return map;
}
