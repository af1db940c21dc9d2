// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists a folder by its names, and sorts them: a folder's own order is none. */
#include "host/names.h"

#define NAMES_MAX 4096

static int add_name(const char *name, void *data)
{
	struct strings *names = data;

	return names->n < NAMES_MAX ? strings_add(names, name) : 0;
}

int names_list(const struct root *root, const char *folder, struct strings *names)
{
	int r = root_list(root, folder, add_name, names);

	strings_sort(names);
	return r == -ENOMEM ? r : 0;
}

static int compare_versions(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

void names_sort_versions(struct strings *names)
{
	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), compare_versions);
}
